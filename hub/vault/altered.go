package vault

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

// AlteredKind says what a replay of a keyring changed.
type AlteredKind string

// The kinds.
const (
	AlteredAccountMade    AlteredKind = "account-made"
	AlteredAccountRemoved AlteredKind = "account-removed"
	AlteredRotated        AlteredKind = "rotated"   // it has other keys, which the old ones vouch for
	AlteredRecovered      AlteredKind = "recovered" // likewise, from the console
	AlteredPassword       AlteredKind = "password"  // it has another password
	AlteredByCode         AlteredKind = "by-code"   // it has another password and another recovery code
	AlteredCode           AlteredKind = "code"      // it has another recovery code
	AlteredCameraMade     AlteredKind = "camera-made"
	AlteredCameraRemoved  AlteredKind = "camera-removed"
	AlteredCameraRetired  AlteredKind = "camera-retired" // handed over to somebody else
	AlteredGranted        AlteredKind = "granted"        // or changed
	AlteredConfirmed      AlteredKind = "confirmed"      // of an account with other keys than before
	AlteredRevoked        AlteredKind = "revoked"
	AlteredTokenEnded     AlteredKind = "token-ended" // for one camera
	AlteredLinkEnded      AlteredKind = "link-ended"
)

// Altered is something that a replay of a keyring gave or took. What the journal
// does not know of, nobody may have had: a check would accuse whoever did.
type Altered struct {
	Kind    AlteredKind     `json:"kind"`
	Camera  media.CameraID  `json:"camera,omitzero"`
	Owner   store.AccountID `json:"owner,omitzero"`   // of the camera
	Account store.AccountID `json:"account,omitzero"` // whose grant, token or link it is, or the account itself
	Object  media.ID[any]   `json:"object,omitzero"`  // token or link
	Clip    media.ClipID    `json:"clip,omitzero"`    // of the link

	// of a grant
	Actions     uint32    `json:"actions,omitempty"`
	HistoryFrom time.Time `json:"history_from,omitzero"`
	Expires     time.Time `json:"expires,omitzero"`
	Waits       bool      `json:"waits,omitempty"` // for its owner, who confirms the account's keys: it allows nothing until then
}

// Altered lists what replays changed, now or at a start that ended before the
// journal had it.
func (v *Vault) Altered(ctx context.Context) ([]Altered, error) {
	return altered(ctx, v.cfg.Store.View)
}

// AlteredTold says, in the transaction that tells the journal, that it has what
// Altered listed.
func (v *Vault) AlteredTold(ctx context.Context, tx *store.Tx) error {
	return tx.RemoveSetting(ctx, store.SettingAltered)
}

func altered(ctx context.Context, rows store.View) (list []Altered, err error) {
	b, err := rows.Setting(ctx, store.SettingAltered)
	if err != nil {
		return nil, onlyOther(err)
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("vault: what a replay changed: %w", err)
	}
	return list, nil
}

// noteAltered keeps what a replay changed until the journal has it.
func noteAltered(ctx context.Context, tx *store.Tx, more []Altered) error {
	if len(more) == 0 {
		return nil
	}
	list, err := altered(ctx, tx.View)
	if err != nil {
		return err
	}
	b, err := json.Marshal(append(list, more...))
	if err != nil {
		return fmt.Errorf("vault: what a replay changed: %w", err)
	}
	return tx.PutSetting(ctx, store.SettingAltered, b)
}
