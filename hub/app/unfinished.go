package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// While a repair goes on, a file in the data folder says so: what it has made by then
// opens like a whole hub, but nobody was told, and what a damaged keyring leaves in
// doubt may not be held back yet. So no hub starts beside that file; the repair does
// again, from its beginning, all that it can find done.
const unfinishedName = "repair-unfinished"

// What the file says: the repair mends a keyring that was damaged, which may not show
// any more, or does not.
const (
	repairsRing     = "keyring\n"
	repairsDatabase = "database\n"
)

// unfinished is what the file says; "" if there is none.
func unfinished(data string) (string, error) {
	b, err := os.ReadFile(filepath.Join(data, unfinishedName))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("repair: %w", err)
	}
	return string(b), nil
}

// refuseUnfinished refuses a folder in which a repair was cut off.
func refuseUnfinished(data string) error {
	before, err := unfinished(data)
	if err == nil && before != "" {
		return fmt.Errorf("a repair of the hub in %s was cut off before it was done: run `lares repair` again; nothing is lost by that", data)
	}
	return err
}

// beginRepair writes the file, before anything else is changed.
func beginRepair(data string, ring bool) error {
	says := repairsDatabase
	if ring {
		says = repairsRing
	}
	path := filepath.Join(data, unfinishedName)
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(says)
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err == nil {
		err = syncFolder(data)
	}
	if err != nil {
		return fmt.Errorf("repair: %w", err)
	}
	return nil
}

// endRepair removes the file, when everything was done and told.
func endRepair(data string) error {
	err := os.Remove(filepath.Join(data, unfinishedName))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = syncFolder(data)
	}
	if err != nil {
		return fmt.Errorf("repair: %w", err)
	}
	return nil
}
