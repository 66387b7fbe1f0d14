"""How good the service's answers are, on files of labelled messages and cases."""
