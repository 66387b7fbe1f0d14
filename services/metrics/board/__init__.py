"""The board (看板): a page about a city, a county or a town, for places without Grafana.

`content` says what is on it, `live` reads the lanes, `site/` is what the browser is given.
"""
