-- Version 4 to 5: one owner may have a device several times, two owners may not.
DROP INDEX camera_pin;
CREATE INDEX camera_pin ON camera (pin_hash) WHERE removed_ms IS NULL AND retired_ms IS NULL;
CREATE TRIGGER camera_pin_added BEFORE INSERT ON camera
WHEN EXISTS (SELECT 1 FROM camera c WHERE c.pin_hash = NEW.pin_hash AND c.owner <> NEW.owner AND c.removed_ms IS NULL AND c.retired_ms IS NULL)
BEGIN SELECT RAISE(ABORT, 'the device is a camera of another owner'); END;
CREATE TRIGGER camera_pin_changed BEFORE UPDATE OF owner, pin_hash, removed_ms, retired_ms ON camera
WHEN NEW.removed_ms IS NULL AND NEW.retired_ms IS NULL AND EXISTS (SELECT 1 FROM camera c WHERE c.pin_hash = NEW.pin_hash AND c.owner <> NEW.owner AND c.id <> NEW.id AND c.removed_ms IS NULL AND c.retired_ms IS NULL)
BEGIN SELECT RAISE(ABORT, 'the device is a camera of another owner'); END;
