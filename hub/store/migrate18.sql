-- Version 18 to 19: how long clips are that are damaged or gone stands apart.
ALTER TABLE activity ADD COLUMN damaged_ns      INTEGER NOT NULL DEFAULT 0; -- how long clips are that are damaged or gone and in no other sum, but of events of kind sound
ALTER TABLE activity ADD COLUMN sound_damaged_ns INTEGER NOT NULL DEFAULT 0; -- of those
DROP TRIGGER activity_changed;
DROP TRIGGER activity_was_heard;
DROP TRIGGER activity_clip_added;
DROP TRIGGER activity_clip_changed;
DROP TRIGGER activity_clip_gone;
CREATE TRIGGER activity_changed INSTEAD OF INSERT ON activity_change BEGIN
  INSERT INTO activity VALUES (NEW.camera, NEW.start_ns / 900000000000,
    NEW.times * (NEW.what = 'motion'),
    NEW.times * (NEW.what = 'sound'),
    NEW.times * (NEW.what = 'camera'),
    NEW.times * (NEW.what = 'doorbell'),
    NEW.times * (NEW.what = 'tamper'),
    NEW.times * (NEW.what = 'trigger'),
    NEW.times * NEW.ns * (NEW.what IN ('motion', 'camera', 'doorbell', 'tamper', 'trigger')), NEW.times * NEW.ns * (NEW.what = 'sound'),
    NEW.times * NEW.ns * (NEW.what = 'clip'), NEW.times * NEW.ns * (NEW.what = 'sound clip'), NEW.times * NEW.ns * (NEW.what = 'stretch'), NEW.times * NEW.ns * (NEW.what = 'beside'),
    NEW.times * NEW.ns * (NEW.what = 'damaged'), NEW.times * NEW.ns * (NEW.what = 'sound damaged'))
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
    stretches_ns = stretches_ns + excluded.stretches_ns,
    beside_ns = beside_ns + excluded.beside_ns,
    damaged_ns = damaged_ns + excluded.damaged_ns,
    sound_damaged_ns = sound_damaged_ns + excluded.sound_damaged_ns;
  DELETE FROM activity WHERE NEW.times < 0 AND camera = NEW.camera AND cell = NEW.start_ns / 900000000000
  AND motion_events = 0 AND sound_events = 0 AND camera_events = 0 AND doorbell_events = 0 AND tamper_events = 0 AND trigger_events = 0
  AND clips_ns = 0 AND sound_clips_ns = 0 AND stretches_ns = 0 AND beside_ns = 0 AND damaged_ns = 0 AND sound_damaged_ns = 0;
END;
CREATE TRIGGER activity_was_heard INSTEAD OF INSERT ON activity_heard BEGIN
  INSERT INTO activity_change SELECT camera, start_ns, iif(state = 'damaged', 'sound damaged', 'sound clip'), NEW.times, duration_ns FROM clip
  WHERE event = NEW.event AND stretch = 0 AND state NOT IN ('open', 'removing');
  INSERT INTO activity_change SELECT camera, start_ns, iif(state = 'damaged', 'damaged', 'clip'), -NEW.times, duration_ns FROM clip
  WHERE event = NEW.event AND stretch = 0 AND state NOT IN ('open', 'removing');
END;
CREATE TRIGGER activity_clip_added AFTER INSERT ON clip WHEN NEW.state NOT IN ('open', 'removing') BEGIN
  INSERT INTO activity_change VALUES (NEW.camera, NEW.start_ns, iif(NOT NEW.stretch AND EXISTS (SELECT 1 FROM event e WHERE e.id = NEW.event AND e.kind = 'sound'), 'sound ', '') || iif(NEW.state = 'damaged', 'damaged', iif(NEW.beside, 'beside', iif(NEW.stretch, 'stretch', 'clip'))), 1, NEW.duration_ns);
END;
CREATE TRIGGER activity_clip_changed AFTER UPDATE OF camera, event, start_ns, duration_ns, state, stretch, beside ON clip
WHEN OLD.camera <> NEW.camera OR OLD.event <> NEW.event OR OLD.start_ns <> NEW.start_ns OR OLD.duration_ns <> NEW.duration_ns
  OR OLD.state <> NEW.state OR OLD.stretch <> NEW.stretch OR OLD.beside <> NEW.beside BEGIN
  INSERT INTO activity_change SELECT NEW.camera, NEW.start_ns, iif(NOT NEW.stretch AND EXISTS (SELECT 1 FROM event e WHERE e.id = NEW.event AND e.kind = 'sound'), 'sound ', '') || iif(NEW.state = 'damaged', 'damaged', iif(NEW.beside, 'beside', iif(NEW.stretch, 'stretch', 'clip'))), 1, NEW.duration_ns WHERE NEW.state NOT IN ('open', 'removing');
  INSERT INTO activity_change SELECT OLD.camera, OLD.start_ns, iif(NOT OLD.stretch AND EXISTS (SELECT 1 FROM event e WHERE e.id = OLD.event AND e.kind = 'sound'), 'sound ', '') || iif(OLD.state = 'damaged', 'damaged', iif(OLD.beside, 'beside', iif(OLD.stretch, 'stretch', 'clip'))), -1, OLD.duration_ns WHERE OLD.state NOT IN ('open', 'removing');
END;
CREATE TRIGGER activity_clip_gone AFTER DELETE ON clip WHEN OLD.state NOT IN ('open', 'removing') BEGIN
  INSERT INTO activity_change VALUES (OLD.camera, OLD.start_ns, iif(NOT OLD.stretch AND EXISTS (SELECT 1 FROM event e WHERE e.id = OLD.event AND e.kind = 'sound'), 'sound ', '') || iif(OLD.state = 'damaged', 'damaged', iif(OLD.beside, 'beside', iif(OLD.stretch, 'stretch', 'clip'))), -1, OLD.duration_ns);
END;
INSERT INTO activity_change SELECT k.camera, k.start_ns, iif(NOT k.stretch AND e.kind = 'sound', 'sound damaged', 'damaged'), 1, k.duration_ns
FROM clip k LEFT JOIN event e ON e.id = k.event WHERE k.state = 'damaged';
INSERT INTO activity_change SELECT k.camera, k.start_ns, iif(k.beside, 'beside', iif(k.stretch, 'stretch', iif(e.kind = 'sound', 'sound clip', 'clip'))), -1, k.duration_ns
FROM clip k LEFT JOIN event e ON e.id = k.event WHERE k.state = 'damaged';
