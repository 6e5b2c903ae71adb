package vault

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// A power cut may fall between the keyring and the commit of the first account. The
// database says so: it has no account, and the last it noted of each keyring is its header,
// which it does at the first start and never again. One that was lost notes nothing.

// claimCut reports whether a claim was cut off behind its record, so that the start takes
// the account over as it does any record that a crash leaves (see catchUp). Of a claim that
// was cut off within its record nothing was ever used: that is taken off the keyring, and the
// hub is as it was. Where anything else lies in a pool nothing is done, and Fresh tells.
func (v *Vault) claimCut(ctx context.Context) (bool, error) {
	known, err := noted(ctx, v.cfg.Store.View, len(v.cfg.Pools))
	if err != nil || slices.ContainsFunc(known, func(end int64) bool { return end != int64(ringHeader) }) {
		return false, err
	}
	if NoRing(v.cfg.Dir, v.cfg.RingCopies) != nil {
		return false, nil // copied, so committed
	}
	key, err := loadHubKey(v.cfg.Dir, false)
	if err != nil {
		return false, nil
	}
	claimed := true
	for _, pool := range v.cfg.Pools {
		whole, err := key.firstGroup(pool)
		if err != nil {
			return false, err
		}
		claimed = claimed && whole
	}
	return claimed, nil
}

// firstGroup reports whether a keyring is nothing but one whole group, with an account. It
// takes off the beginning of one.
func (k hubKey) firstGroup(pool string) (bool, error) {
	path := filepath.Join(pool, KeyringName)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(b) <= ringHeader {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if what, err := besideRing(pool); what != "" || err != nil {
		return false, err
	}
	in, err := k.read(path, b, false)
	if err != nil || in.forged {
		return false, nil
	}
	switch end := in.links[len(in.links)-1].end; {
	case len(in.links) == 1:
		return false, cutOff(path)
	case len(in.links) == 2 && end == int64(len(b)):
		return slices.ContainsFunc(in.entries, func(e placed) bool { return e.kind == entryAccount }), nil
	}
	return false, nil
}

// cutOff leaves a keyring its header.
func cutOff(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(int64(ringHeader)), f.Sync(), f.Close())
}
