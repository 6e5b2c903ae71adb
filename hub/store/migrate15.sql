-- Version 15 to 16: the journal of one camera is found without reading all of it.
CREATE INDEX journal_camera ON journal (camera, seq) WHERE camera IS NOT NULL;
