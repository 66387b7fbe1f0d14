"""The weekly briefing of a joint meeting (联席会议): two pages from the topics alone, without a word of any report."""
