package store

import (
	"context"
	"slices"
)

const (
	// SettingHub is the id of the hub that the database belongs to.
	SettingHub = "hub"
	// SettingKeyring is how far the keyrings are known to the database: what
	// follows was written by a transaction that the database does not have.
	SettingKeyring = "keyring"
	// SettingRolledBack is there from when the database was found to be older
	// than keys or recordings until the operator has confirmed it.
	SettingRolledBack = "rolled-back"
	// SettingHeld is there while a start holds back what a keyring may have taken that
	// ends in what nobody can read.
	SettingHeld = "held"
	// SettingWaits is how many rows wait for the journal; hub/journal sums it.
	SettingWaits = "journal-waits"
	// SettingForks is where restores began to write the keyrings; hub/vault spells it.
	SettingForks = "keyring-forks"
	// SettingAltered is what a replay of the keyring changed for people and is not in
	// the journal yet; hub/vault spells it.
	SettingAltered = "altered"
	// SettingDisk is what those who run the hub were told is wrong with the disk for
	// recordings, and are not yet told is over; hub/app spells it.
	SettingDisk = "disk-trouble"
	// SettingPool is the marker of the first media pool.
	SettingPool = "first-pool"
	// SettingDue is of which cameras something was to be recorded when the hub last noted it
	// (recorder.Due): the time in ns, eight bytes, and their ids.
	SettingDue = "recording-due"
)

const (
	selectSetting query = `SELECT value FROM setting WHERE name = ?`
	upsertSetting query = `INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
)

// Setting reads a fact about the hub, or ErrNoRow.
func (v View) Setting(ctx context.Context, name string) (value []byte, err error) {
	return value, v.one(ctx, selectSetting, []any{name}, &value)
}

// PutSetting stores a fact about the hub.
func (t *Tx) PutSetting(ctx context.Context, name string, value []byte) error {
	_, err := t.exec(ctx, upsertSetting, name, value)
	return err
}

// statements are all there are: each is prepared at the start, so that a wrong
// one stops the start.
func statements() []query {
	return slices.Concat(
		[]query{selectSetting, upsertSetting},
		accountStatements(),
		principalStatements(),
		sessionStatements(),
		wrapStatements(),
		invitationStatements(),
		totpStatements(),
		leaveStatements(),
		tokenStatements(),
		guestStatements(),
		cameraStatements(),
		privacyStatements(),
		eventRuleStatements(),
		recordingPlanStatements(),
		recordingStatements(),
		poolStatements(),
		gapStatements(),
		timelineStatements(),
		seekStatements(),
		awayStatements(),
		motionStatements(),
		soundStatements(),
		exitStatements(),
		exportStatements(),
		outageStatements(),
		grantStatements(), transferStatements(),
		epochStatements(),
		indexKeyStatements(),
		clipStatements(),
		eventStatements(),
		journalStatements(),
		noticeStatements(),
		lockdownStatements(),
		mendStatements(),
		rightStatements(),
		retentionStatements(),
	)
}
