package app

import (
	"context"
	"errors"
	"fmt"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/gate"
	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
	"lares/recorder"
	"lares/recorder/sealed"
)

// lookBack tells the vault of the newest clips that the database does not list:
// they show a database that is older than the recordings before anybody may
// open one.
func (h *house) lookBack(ctx context.Context) error {
	listed := func(ids []media.ClipID) (map[media.ClipID]bool, error) { return h.store.ListedClips(ctx, ids) }
	seen := func(header sealed.Header) error { return h.vault.Sighted(ctx, header) }
	odd := func(camera media.CameraID, clip media.ClipID, err error) {
		if errors.Is(err, seal.ErrCrossed) {
			h.crossed(fault.FilePath, camera)
		}
		h.log.Error("a clip that the database does not list cannot be read; it is looked at again with the others", "camera", camera, "clip", clip, "error", err)
	}
	for _, p := range h.pools {
		if recorder.Away(p) != nil { // the next start looks at it
			continue
		}
		if err := recorder.Unlisted(ctx, p, h.vault.Signers(), listed, seen, odd); err != nil && !errors.Is(err, recorder.ErrAway) {
			return fmt.Errorf("app: looking for clips that are newer than the database: %w", err)
		}
	}
	return nil
}

// journalAltered notes what replays of the keyring changed: a check of the journal
// would find that who was given something, or whose camera was made anew, had no
// right to see it.
func (h *house) journalAltered(ctx context.Context) error {
	list, err := h.vault.Altered(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	err = h.store.Update(ctx, func(tx *store.Tx) error {
		for _, a := range list {
			if err := errors.Join(h.journal.Due(ctx, tx, alteredEntry(a)), h.tellAltered(ctx, tx, a)); err != nil {
				return err
			}
		}
		return h.vault.AlteredTold(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("app: noting what the keyring knew beyond the database: %w", err)
	}
	return nil
}

// tellAltered tells of an account's other keys whom the request had told, and of
// these, of another password and of another recovery code the account itself: what it
// may never have seen confirmed counts.
func (h *house) tellAltered(ctx context.Context, tx *store.Tx, a vault.Altered) error {
	var sharers journal.NoticeKind
	var own []journal.NoticeKind
	switch a.Kind {
	case vault.AlteredRotated:
		sharers, own = journal.NoticeRotated, []journal.NoticeKind{journal.NoticeRotationFinished}
	case vault.AlteredRecovered:
		sharers, own = journal.NoticeRecovered, []journal.NoticeKind{journal.NoticeRecovered}
	case vault.AlteredPassword:
		own = []journal.NoticeKind{journal.NoticePasswordFinished}
	case vault.AlteredByCode:
		own = []journal.NoticeKind{journal.NoticePasswordFinished, journal.NoticeCodeFinished}
	case vault.AlteredCode:
		own = []journal.NoticeKind{journal.NoticeCodeFinished}
	}
	if _, err := tx.Account(ctx, a.Account); errors.Is(err, store.ErrNoRow) { // it left since
		return nil
	}
	now := h.clock.Now()
	if sharers != "" {
		if err := tx.TellSharers(ctx, a.Account, string(sharers), now); err != nil {
			return err
		}
	}
	for _, kind := range own {
		if err := tx.Tell(ctx, a.Account, a.Account, string(kind), media.CameraID{}, now); err != nil {
			return err
		}
	}
	return nil
}

// alteredEntry is the row that the request had written whose commit is not there.
func alteredEntry(a vault.Altered) journal.Entry {
	e := journal.Entry{Camera: a.Camera, Owner: a.Owner, Other: a.Account, Object: a.Object, Detail: map[string]any{"why": "keyring"}}
	switch a.Kind {
	case vault.AlteredAccountMade:
		e.Kind, e.Account, e.Other = journal.AccountMade, a.Account, store.AccountID{}
	case vault.AlteredAccountRemoved:
		e.Kind = journal.AccountRemoved
	case vault.AlteredRotated:
		e.Kind, e.Account, e.Other = journal.Rotated, a.Account, store.AccountID{}
	case vault.AlteredRecovered:
		e.Kind, e.Via = journal.Recovered, journal.ViaConsole
	case vault.AlteredPassword:
		e.Kind, e.Account, e.Other = journal.Password, a.Account, store.AccountID{}
	case vault.AlteredByCode:
		e.Kind, e.Account, e.Other = journal.Recovered, a.Account, store.AccountID{}
	case vault.AlteredCode:
		e.Kind, e.Account, e.Other = journal.RecoveryCode, a.Account, store.AccountID{}
	case vault.AlteredCameraMade:
		e.Kind = journal.CameraAdded
	case vault.AlteredCameraRemoved:
		e.Kind = journal.CameraRemoved
	case vault.AlteredCameraRetired:
		e.Kind, e.Other = journal.Transferred, a.Owner
	case vault.AlteredGranted:
		e.Kind = journal.Granted
		gate.DescribeGrant(e.Detail, store.Grant{Actions: a.Actions, HistoryFrom: a.HistoryFrom, Expires: a.Expires})
		if a.Waits {
			e.Detail["waits"] = true
		}
	case vault.AlteredConfirmed:
		e.Kind = journal.Confirmed
	case vault.AlteredRevoked:
		e.Kind = journal.Revoked
	case vault.AlteredTokenEnded:
		e.Kind = journal.TokenEnded
	case vault.AlteredLinkEnded:
		e.Kind, e.Detail["clip"] = journal.LinkEnded, a.Clip.String()
	}
	return e
}
