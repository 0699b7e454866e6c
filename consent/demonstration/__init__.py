"""An organisation to look at: made-up people, three programmes, three months of history. With DEMO=1 only."""
