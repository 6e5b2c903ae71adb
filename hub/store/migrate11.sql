-- Version 11 to 12: what events and clips come to, by the quarter of an hour.
-- What the events and clips of a camera come to, by the quarter of an hour in which each began: for
-- views of so long a time that their rows are too many to read. The triggers below keep it,
-- each change of an event or a clip with it. No row: nothing.
CREATE TABLE activity (
  camera          BLOB NOT NULL CHECK (length(camera) = 16),
  cell            INTEGER NOT NULL, -- Unix time in quarters of an hour
  motion_events   INTEGER NOT NULL, -- how many of each kind
  sound_events    INTEGER NOT NULL,
  camera_events   INTEGER NOT NULL,
  doorbell_events INTEGER NOT NULL,
  tamper_events   INTEGER NOT NULL,
  trigger_events  INTEGER NOT NULL,
  busy_ns         INTEGER NOT NULL, -- how long they went on, but those of kind sound
  sound_busy_ns   INTEGER NOT NULL, -- those
  clips_ns        INTEGER NOT NULL, -- how much of events is recorded, but of those of kind sound
  sound_clips_ns  INTEGER NOT NULL, -- of those
  stretches_ns    INTEGER NOT NULL, -- how much between events
  PRIMARY KEY (camera, cell)
) STRICT, WITHOUT ROWID;
INSERT INTO activity SELECT camera, start_ns / 900000000000,
  sum(what = 'motion'),
  sum(what = 'sound'),
  sum(what = 'camera'),
  sum(what = 'doorbell'),
  sum(what = 'tamper'),
  sum(what = 'trigger'),
  sum(iif(what IN ('motion', 'camera', 'doorbell', 'tamper', 'trigger'), ns, 0)), sum(iif(what = 'sound', ns, 0)),
  sum(iif(what = 'clip', ns, 0)), sum(iif(what = 'sound clip', ns, 0)), sum(iif(what = 'stretch', ns, 0))
FROM (
  SELECT camera, start_ns, kind AS what, max(coalesce(end_ns - start_ns, 0), 0) AS ns FROM event
  UNION ALL
  SELECT k.camera, k.start_ns, iif(k.stretch, 'stretch', iif(e.kind = 'sound', 'sound clip', 'clip')), k.duration_ns
  FROM clip k LEFT JOIN event e ON e.id = k.event WHERE k.state NOT IN ('open', 'removing')
) GROUP BY 1, 2;
-- One more (times is 1) or less (-1) of what began at a time: an event, by its kind, or a clip: of
-- an event, of one of kind sound, or a stretch. It is only ever inserted into.
CREATE VIEW activity_change (camera, start_ns, what, times, ns) AS SELECT camera, 0, '', 0, 0 FROM activity WHERE 0;
CREATE TRIGGER activity_changed INSTEAD OF INSERT ON activity_change BEGIN
  INSERT INTO activity VALUES (NEW.camera, NEW.start_ns / 900000000000,
    NEW.times * (NEW.what = 'motion'),
    NEW.times * (NEW.what = 'sound'),
    NEW.times * (NEW.what = 'camera'),
    NEW.times * (NEW.what = 'doorbell'),
    NEW.times * (NEW.what = 'tamper'),
    NEW.times * (NEW.what = 'trigger'),
    NEW.times * NEW.ns * (NEW.what IN ('motion', 'camera', 'doorbell', 'tamper', 'trigger')), NEW.times * NEW.ns * (NEW.what = 'sound'),
    NEW.times * NEW.ns * (NEW.what = 'clip'), NEW.times * NEW.ns * (NEW.what = 'sound clip'), NEW.times * NEW.ns * (NEW.what = 'stretch'))
  ON CONFLICT (camera, cell) DO UPDATE SET
    motion_events = motion_events + excluded.motion_events,
    sound_events = sound_events + excluded.sound_events,
    camera_events = camera_events + excluded.camera_events,
    doorbell_events = doorbell_events + excluded.doorbell_events,
    tamper_events = tamper_events + excluded.tamper_events,
    trigger_events = trigger_events + excluded.trigger_events,
    busy_ns = busy_ns + excluded.busy_ns,
    sound_busy_ns = sound_busy_ns + excluded.sound_busy_ns,
    clips_ns = clips_ns + excluded.clips_ns,
    sound_clips_ns = sound_clips_ns + excluded.sound_clips_ns,
    stretches_ns = stretches_ns + excluded.stretches_ns;
  DELETE FROM activity WHERE NEW.times < 0 AND camera = NEW.camera AND cell = NEW.start_ns / 900000000000
  AND motion_events = 0 AND sound_events = 0 AND camera_events = 0 AND doorbell_events = 0 AND tamper_events = 0 AND trigger_events = 0
  AND clips_ns = 0 AND sound_clips_ns = 0 AND stretches_ns = 0;
END;
-- The clips of an event are those of one of kind sound (times is 1), or are no more (-1).
CREATE VIEW activity_heard (event, times) AS SELECT camera, 0 FROM activity WHERE 0;
CREATE TRIGGER activity_was_heard INSTEAD OF INSERT ON activity_heard BEGIN
  INSERT INTO activity_change SELECT camera, start_ns, 'sound clip', NEW.times, duration_ns FROM clip
  WHERE event = NEW.event AND stretch = 0 AND state NOT IN ('open', 'removing');
  INSERT INTO activity_change SELECT camera, start_ns, 'clip', -NEW.times, duration_ns FROM clip
  WHERE event = NEW.event AND stretch = 0 AND state NOT IN ('open', 'removing');
END;
CREATE TRIGGER activity_event_added AFTER INSERT ON event BEGIN
  INSERT INTO activity_change VALUES (NEW.camera, NEW.start_ns, NEW.kind, 1, max(coalesce(NEW.end_ns - NEW.start_ns, 0), 0));
  INSERT INTO activity_heard SELECT NEW.id, 1 WHERE NEW.kind = 'sound';
END;
CREATE TRIGGER activity_event_changed AFTER UPDATE OF camera, kind, start_ns, end_ns ON event
WHEN OLD.camera <> NEW.camera OR OLD.kind <> NEW.kind OR OLD.start_ns <> NEW.start_ns OR OLD.end_ns IS NOT NEW.end_ns BEGIN
  INSERT INTO activity_change VALUES (NEW.camera, NEW.start_ns, NEW.kind, 1, max(coalesce(NEW.end_ns - NEW.start_ns, 0), 0));
  INSERT INTO activity_change VALUES (OLD.camera, OLD.start_ns, OLD.kind, -1, max(coalesce(OLD.end_ns - OLD.start_ns, 0), 0));
  INSERT INTO activity_heard SELECT NEW.id, iif(NEW.kind = 'sound', 1, -1) WHERE (NEW.kind = 'sound') <> (OLD.kind = 'sound');
END;
CREATE TRIGGER activity_event_gone AFTER DELETE ON event BEGIN
  INSERT INTO activity_change VALUES (OLD.camera, OLD.start_ns, OLD.kind, -1, max(coalesce(OLD.end_ns - OLD.start_ns, 0), 0));
  INSERT INTO activity_heard SELECT OLD.id, -1 WHERE OLD.kind = 'sound';
END;
CREATE TRIGGER activity_clip_added AFTER INSERT ON clip WHEN NEW.state NOT IN ('open', 'removing') BEGIN
  INSERT INTO activity_change VALUES (NEW.camera, NEW.start_ns, iif(NEW.stretch, 'stretch', iif(EXISTS (SELECT 1 FROM event e WHERE e.id = NEW.event AND e.kind = 'sound'), 'sound clip', 'clip')), 1, NEW.duration_ns);
END;
CREATE TRIGGER activity_clip_changed AFTER UPDATE OF camera, event, start_ns, duration_ns, state, stretch ON clip
WHEN OLD.camera <> NEW.camera OR OLD.event <> NEW.event OR OLD.start_ns <> NEW.start_ns OR OLD.duration_ns <> NEW.duration_ns
  OR OLD.state <> NEW.state OR OLD.stretch <> NEW.stretch BEGIN
  INSERT INTO activity_change SELECT NEW.camera, NEW.start_ns, iif(NEW.stretch, 'stretch', iif(EXISTS (SELECT 1 FROM event e WHERE e.id = NEW.event AND e.kind = 'sound'), 'sound clip', 'clip')), 1, NEW.duration_ns WHERE NEW.state NOT IN ('open', 'removing');
  INSERT INTO activity_change SELECT OLD.camera, OLD.start_ns, iif(OLD.stretch, 'stretch', iif(EXISTS (SELECT 1 FROM event e WHERE e.id = OLD.event AND e.kind = 'sound'), 'sound clip', 'clip')), -1, OLD.duration_ns WHERE OLD.state NOT IN ('open', 'removing');
END;
CREATE TRIGGER activity_clip_gone AFTER DELETE ON clip WHEN OLD.state NOT IN ('open', 'removing') BEGIN
  INSERT INTO activity_change VALUES (OLD.camera, OLD.start_ns, iif(OLD.stretch, 'stretch', iif(EXISTS (SELECT 1 FROM event e WHERE e.id = OLD.event AND e.kind = 'sound'), 'sound clip', 'clip')), -1, OLD.duration_ns);
END;
