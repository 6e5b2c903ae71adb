package vault

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/recorder/sealed"
)

// formerHub is what this hub was called before it was restored from a backup.
// Its public key proves what it signed: clips, epoch records, account keys. Its
// sealing key gives the pepper of wraps that are older than the restore, and
// opens the copies of the database that it made. Nothing is signed in its name
// any more: its identity's private half is not kept.
//
// It stands in hub.key, not in the database: who may write rows could name
// anybody there.
type formerHub struct {
	hub     media.HubID
	public  ed25519.PublicKey
	sealing []byte
	until   time.Time // to the second
}

func pepper(sealing []byte) []byte {
	m := hmac.New(sha256.New, sealing)
	m.Write([]byte("lares pepper v1"))
	return m.Sum(nil)
}

// sealingOf is the sealing key of this hub or a former one.
func (k hubKey) sealingOf(hub media.HubID) ([]byte, bool) {
	if hub == k.hub {
		return k.sealing, true
	}
	for _, f := range k.former {
		if f.hub == hub {
			return f.sealing, true
		}
	}
	return nil, false
}

// pepperOf is the pepper of wraps that are bound to this hub or a former one.
func (k hubKey) pepperOf(hub media.HubID) ([]byte, bool) {
	sealing, ok := k.sealingOf(hub)
	if !ok {
		return nil, false
	}
	return pepper(sealing), true
}

// age is 0 for this hub, 1 for the one it was before, and so on; -1 for any
// other.
func (k hubKey) age(hub media.HubID) int {
	if hub == k.hub {
		return 0
	}
	i := slices.IndexFunc(k.former, func(f formerHub) bool { return f.hub == hub })
	if i < 0 {
		return -1
	}
	return i + 1
}

// follows reports whether a record of one hub may stand on a record of another:
// on its own, or on one of a hub that it was before.
func (k hubKey) follows(hub, before media.HubID) bool { return k.age(hub) <= k.age(before) }

// Signers are this hub and the ones it was before, newest first.
func (v *Vault) Signers() sealed.Signers { return v.key.signers() }

func (k hubKey) signers() sealed.Signers {
	s := sealed.Signers{{Hub: k.hub, Key: k.identity.Public().(ed25519.PublicKey)}}
	for _, f := range k.former {
		s = append(s, sealed.Signer{Hub: f.hub, Key: f.public})
	}
	return s
}

// ReadSigners reads from hub.key in a folder the Signers of its hub. It works
// beside a running hub.
func ReadSigners(dir string) (sealed.Signers, error) {
	key, err := loadHubKey(dir, false)
	if err != nil {
		return nil, err
	}
	return key.signers(), nil
}

// verified checks a signature of this hub or of a former one.
func (v *Vault) verified(hub media.HubID, label string, message, sig []byte) bool {
	return seal.Verify(v.Signers().Key(hub), label, message, sig)
}

// asFormer is what a hub leaves behind for the one that it becomes.
func (k hubKey) asFormer(until time.Time) formerHub {
	return formerHub{k.hub, k.identity.Public().(ed25519.PublicKey), k.sealing, until.UTC().Truncate(time.Second)}
}

// successor is a new hub that was this one before.
func (k hubKey) successor(now time.Time) (hubKey, error) {
	next, err := newHubKey()
	next.former = append([]formerHub{k.asFormer(now)}, k.former...)
	if err == nil && len(next.former) > maxFormerHubs {
		err = fmt.Errorf("vault: a hub that was restored more than %d times", maxFormerHubs)
	}
	return next, err
}
