package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
	"lares/hub/vault"
)

// NoticeKind says what an account is told.
type NoticeKind string

// The kinds of notices.
const (
	// NoticeCrossing says that a crossed wire was refused: to those who run the
	// hub, and to the owner of the camera or whose else it was, where it is known.
	NoticeCrossing NoticeKind = "crossing"
	// NoticeAffected and NoticeNotAffected are what the check of an incident
	// found for an account.
	NoticeAffected    NoticeKind = "incident-affected"
	NoticeNotAffected NoticeKind = "incident-not-affected"
	// NoticeUnconfirmed says that somebody whom a camera is shared with has other
	// keys: to the camera's owner, who confirms them.
	NoticeUnconfirmed NoticeKind = store.NoticeUnconfirmed
	// NoticeRecovered and NoticeRotated say that an account got other keys, on the
	// console or because somebody may know the old ones: to all who share a camera
	// with it, in either direction. Of the console its own person hears too.
	NoticeRecovered NoticeKind = "account-recovered"
	NoticeRotated   NoticeKind = "account-rotated"
	// NoticeRotationFinished says that a start, or a repair, took over a change of keys
	// that a power cut or an older database had left out, without second factor and
	// recovery code; NoticePasswordFinished and NoticeCodeFinished say so of a password
	// and of a recovery code: to the account's person.
	NoticeRotationFinished NoticeKind = "rotation-finished"
	NoticePasswordFinished NoticeKind = "password-finished"
	NoticeCodeFinished     NoticeKind = "recovery-code-finished"
	// NoticeRepaired says that the database was lost and made anew: to everybody who has
	// an account afterwards.
	NoticeRepaired NoticeKind = "repaired"
	// NoticeDeclined says that somebody declined a camera: to who offered it.
	NoticeDeclined NoticeKind = "offer-declined"
	// NoticeAccepted says that somebody took a camera over: to who offered it.
	NoticeAccepted NoticeKind = "offer-accepted"
	// NoticeRecoveryTried says that somebody tried ten wrong recovery codes: to the
	// account's person, once until a right code or sign-in.
	NoticeRecoveryTried NoticeKind = "recovery-tried"
	// NoticeFactorTried says that somebody who has the password or the recovery
	// code tries codes of the second factor: to the account's person.
	NoticeFactorTried NoticeKind = "second-factor-tried"
	// NoticeLockedOut says that a lockdown of the whole hub shut the account out, from
	// when to when, and who began it: once it is lifted.
	NoticeLockedOut NoticeKind = "locked-out"
	// NoticeOffline and NoticeBack say that a camera brings no pictures for long,
	// and that it does again: to its owner.
	NoticeOffline NoticeKind = "camera-offline"
	NoticeBack    NoticeKind = "camera-back"
	// NoticeMoved says that a camera was followed to another address, and
	// NoticeElsewhere that it seems to be at one where it cannot be recognised
	// without its password: to its owner. Both name the address.
	NoticeMoved     NoticeKind = "camera-moved"
	NoticeElsewhere NoticeKind = "camera-elsewhere"
	// NoticeTwice says that nothing tells a camera from one of somebody else: to both
	// owners, at the first start that finds it so.
	NoticeTwice NoticeKind = "camera-twice"
	// NoticeDamaged says that a recording is not as it was written any more: to the camera's
	// owner, and without a camera to those who run the hub.
	NoticeDamaged NoticeKind = "recording-damaged"
	// NoticeStopped says that a camera that is to be recorded is not, or not all of it, and
	// NoticeRecorded that it is again: to its owner.
	NoticeStopped  NoticeKind = "recording-stopped"
	NoticeRecorded NoticeKind = "recording-back"
	// NoticeDisk says that a disk for recordings is missing, full or slow, fails or can only be
	// read, and NoticeDiskBack that it is well again: to those who run the hub, of no camera.
	NoticeDisk     NoticeKind = "disk-trouble"
	NoticeDiskBack NoticeKind = "disk-back"
	// NoticeDatabase says that the database takes nothing, or soon will not, and NoticeDatabaseBack
	// that it takes what is written to it again: to those who run the hub. What it did not take
	// of that is held (Hold).
	NoticeDatabase     NoticeKind = "database-trouble"
	NoticeDatabaseBack NoticeKind = "database-back"
	// NoticeCrowded says that an account causes so many rows of the journal that what it
	// asks for is refused: to those who run the hub, and to its person.
	NoticeCrowded NoticeKind = "journal-crowded"
)

// Notice is something that an account is told on its page.
type Notice struct {
	ID      store.NoticeID
	Account store.AccountID
	At      time.Time
	Kind    NoticeKind
	Camera  media.CameraID // zero for none
	Detail  map[string]any
	Read    bool
}

// MaxNotices is how many notices a list shows: the newest.
const MaxNotices = 100

// Tell enters a notice. One like it (store.UnreadNotice) that was not read yet is brought up to
// date instead, its counts added up; one of another trouble stays beside it, to be read.
func (j *Journal) Tell(ctx context.Context, n Notice) error {
	return j.TellWith(ctx, n, func(*store.Tx) error { return nil })
}

// TellOnce is Tell, unless the account was told already, of that kind and camera: read or
// not, as long as that is kept.
func (j *Journal) TellOnce(ctx context.Context, n Notice) error {
	if j == nil {
		return nil
	}
	rows, err := j.cfg.Store.Notices(ctx, n.Account, store.KeptNotices)
	if err != nil {
		return fmt.Errorf("journal: reading notices: %w", err)
	}
	if slices.ContainsFunc(rows, func(r store.Notice) bool { return r.Kind == string(n.Kind) && r.Camera == n.Camera }) {
		return nil
	}
	return j.Tell(ctx, n)
}

// TellWith is Tell with what has to be stored in the same transaction.
func (j *Journal) TellWith(ctx context.Context, n Notice, also func(tx *store.Tx) error) error {
	if j == nil {
		return nil
	}
	if n.At.IsZero() {
		n.At = j.cfg.Clock.Now()
	}
	err := j.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := also(tx); err != nil {
			return err
		}
		return tell(ctx, tx, n)
	})
	if err != nil {
		return fmt.Errorf("journal: telling an account: %w", err)
	}
	return nil
}

func tell(ctx context.Context, tx *store.Tx, n Notice) error {
	row := store.Notice{ID: n.ID, Account: n.Account, At: n.At, Kind: string(n.Kind), Camera: n.Camera}
	if row.ID.IsZero() {
		row.ID = store.NewNoticeID()
	}
	var err error
	if row.Detail, err = detail(n); err != nil {
		return err
	}
	like, err := tx.UnreadNotice(ctx, row)
	if errors.Is(err, store.ErrNoRow) {
		return tx.AddNotice(ctx, row)
	}
	if err != nil {
		return err
	}
	var before struct {
		Count int64 `json:"count"`
	}
	if count, ok := n.Detail["count"].(int64); ok && json.Unmarshal([]byte(like.Detail), &before) == nil {
		n.Detail["count"] = count + before.Count
		if row.Detail, err = detail(n); err != nil {
			return err
		}
	}
	row.ID = like.ID
	return tx.SetNotice(ctx, row)
}

// detail is that of a notice as it is stored.
func detail(n Notice) (string, error) {
	if len(n.Detail) == 0 {
		return "", nil
	}
	b, err := json.Marshal(n.Detail)
	return string(b), err
}

// Notices lists what an account is told, newest first.
func (j *Journal) Notices(ctx context.Context, account store.AccountID) ([]Notice, error) {
	rows, err := j.cfg.Store.Notices(ctx, account, MaxNotices)
	if err != nil {
		return nil, fmt.Errorf("journal: reading notices: %w", err)
	}
	if fault.On && len(rows) > 0 {
		rows = fault.Swap(fault.NoticeList, account.String(), rows)
	}
	list := append(make([]Notice, 0, len(rows)+1), j.heldFor(account)...)
	for _, r := range rows {
		if r.Account != account {
			j.cfg.Vault.Refusals().Note(vault.Crossing{Site: fault.NoticeList, Account: account, Owner: r.Account})
			return nil, seal.ErrCrossed
		}
		n := Notice{ID: r.ID, Account: r.Account, At: r.At, Kind: NoticeKind(r.Kind), Camera: r.Camera, Read: r.Read}
		if r.Detail != "" && json.Unmarshal([]byte(r.Detail), &n.Detail) != nil {
			n.Detail = nil
		}
		list = append(list, n)
	}
	return list, nil
}

// Unread counts what an account was told and has not read.
func (j *Journal) Unread(ctx context.Context, account store.AccountID) (int, error) {
	if j == nil {
		return 0, nil
	}
	n, err := j.cfg.Store.UnreadNotices(ctx, account)
	if err != nil {
		return 0, fmt.Errorf("journal: counting notices: %w", err)
	}
	return n + len(j.heldFor(account)), nil
}

// Hold has accounts told this out of memory, newest first and unread, in place of what was held
// before: what the database does not take. It is gone with the hub, and is entered by whoever
// holds it once that can be.
func (j *Journal) Hold(list []Notice) { j.held.Store(&list) }

func (j *Journal) heldFor(account store.AccountID) (list []Notice) {
	if held := j.held.Load(); held != nil {
		for _, n := range *held {
			if n.Account == account {
				list = append(list, n)
			}
		}
	}
	return list
}

// ReadNotices notes that an account has read what it was told.
func (j *Journal) ReadNotices(ctx context.Context, account store.AccountID) error {
	err := j.cfg.Store.Update(ctx, func(tx *store.Tx) error { return tx.ReadNotices(ctx, account, j.cfg.Clock.Now()) })
	if err != nil {
		return fmt.Errorf("journal: noting what was read: %w", err)
	}
	return nil
}

// Crossed notes a refused crossed wire: vault.Refusals.Hear takes it. Those that
// follow the first of a kind within some seconds are one row with their count, and one
// notice.
func (j *Journal) Crossed(c vault.Crossing) {
	if j == nil {
		return
	}
	e := Entry{Kind: Refused, Account: c.Account, Camera: c.Camera, Owner: c.Owner, Count: 1, Detail: map[string]any{"site": string(c.Site)}}
	j.try(tryKey{kind: Refused, session: c.Account, camera: c.Camera, owner: c.Owner, site: string(c.Site)}, e)
}

// siteConnection is where a second session came over a connection. It is refused
// and counted, and needs nobody: a person who signs in twice, or a proxy, does it.
const siteConnection = "connection"

// tellOfCrossing tells those who run the hub and the owner of the camera, or whose it
// was; it is one transaction with the row.
func tellOfCrossing(ctx context.Context, tx *store.Tx, r store.JournalRow) error {
	site, _ := entry(r).Detail["site"].(string)
	if site == siteConnection {
		return nil
	}
	notice := func(to store.AccountID) Notice {
		n := Notice{Account: to, At: r.At, Kind: NoticeCrossing, Detail: map[string]any{"site": site, "count": r.Count}}
		if to == r.Owner {
			n.Camera = r.Camera
		}
		return n
	}
	operators, err := tx.Operators(ctx)
	if err != nil {
		return err
	}
	told := map[store.AccountID]bool{{}: true}
	for _, id := range append(operators, r.Owner) {
		if told[id] {
			continue
		}
		told[id] = true
		if err := tell(ctx, tx, notice(id)); err != nil {
			return err
		}
	}
	return nil
}
