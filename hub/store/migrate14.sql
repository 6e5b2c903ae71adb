-- Version 14 to 15: which streams of a camera are recorded.
ALTER TABLE recording_plan ADD COLUMN streams TEXT NOT NULL DEFAULT 'main' CHECK (streams IN ('main', 'sub', 'both')); -- which; both: the sub stream beside the main one, all the time
ALTER TABLE clip ADD COLUMN beside INTEGER NOT NULL DEFAULT 0 CHECK (beside IN (0, 1)); -- it is the sub stream, recorded beside the main one
CREATE INDEX clip_beside ON clip (camera, start_ns) WHERE beside = 1;
ALTER TABLE activity ADD COLUMN beside_ns INTEGER NOT NULL DEFAULT 0; -- how much of the sub stream beside the main one
DROP TRIGGER activity_changed;
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
    NEW.times * NEW.ns * (NEW.what = 'clip'), NEW.times * NEW.ns * (NEW.what = 'sound clip'), NEW.times * NEW.ns * (NEW.what = 'stretch'), NEW.times * NEW.ns * (NEW.what = 'beside'))
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
    beside_ns = beside_ns + excluded.beside_ns;
  DELETE FROM activity WHERE NEW.times < 0 AND camera = NEW.camera AND cell = NEW.start_ns / 900000000000
  AND motion_events = 0 AND sound_events = 0 AND camera_events = 0 AND doorbell_events = 0 AND tamper_events = 0 AND trigger_events = 0
  AND clips_ns = 0 AND sound_clips_ns = 0 AND stretches_ns = 0 AND beside_ns = 0;
END;
CREATE TRIGGER activity_clip_added AFTER INSERT ON clip WHEN NEW.state NOT IN ('open', 'removing') BEGIN
  INSERT INTO activity_change VALUES (NEW.camera, NEW.start_ns, iif(NEW.beside, 'beside', iif(NEW.stretch, 'stretch', iif(EXISTS (SELECT 1 FROM event e WHERE e.id = NEW.event AND e.kind = 'sound'), 'sound clip', 'clip'))), 1, NEW.duration_ns);
END;
CREATE TRIGGER activity_clip_changed AFTER UPDATE OF camera, event, start_ns, duration_ns, state, stretch, beside ON clip
WHEN OLD.camera <> NEW.camera OR OLD.event <> NEW.event OR OLD.start_ns <> NEW.start_ns OR OLD.duration_ns <> NEW.duration_ns
  OR OLD.state <> NEW.state OR OLD.stretch <> NEW.stretch OR OLD.beside <> NEW.beside BEGIN
  INSERT INTO activity_change SELECT NEW.camera, NEW.start_ns, iif(NEW.beside, 'beside', iif(NEW.stretch, 'stretch', iif(EXISTS (SELECT 1 FROM event e WHERE e.id = NEW.event AND e.kind = 'sound'), 'sound clip', 'clip'))), 1, NEW.duration_ns WHERE NEW.state NOT IN ('open', 'removing');
  INSERT INTO activity_change SELECT OLD.camera, OLD.start_ns, iif(OLD.beside, 'beside', iif(OLD.stretch, 'stretch', iif(EXISTS (SELECT 1 FROM event e WHERE e.id = OLD.event AND e.kind = 'sound'), 'sound clip', 'clip'))), -1, OLD.duration_ns WHERE OLD.state NOT IN ('open', 'removing');
END;
CREATE TRIGGER activity_clip_gone AFTER DELETE ON clip WHEN OLD.state NOT IN ('open', 'removing') BEGIN
  INSERT INTO activity_change VALUES (OLD.camera, OLD.start_ns, iif(OLD.beside, 'beside', iif(OLD.stretch, 'stretch', iif(EXISTS (SELECT 1 FROM event e WHERE e.id = OLD.event AND e.kind = 'sound'), 'sound clip', 'clip'))), -1, OLD.duration_ns);
END;
