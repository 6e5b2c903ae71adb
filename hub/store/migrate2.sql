-- Version 2 to 3: a check of the journal begins at what stood, not at the first row.
CREATE INDEX journal_standing ON journal (seq) WHERE kind = 'standing';
