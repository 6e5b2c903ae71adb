package vault

import (
	"context"
	"errors"
	"slices"
	"time"

	"lares/hub/store"
)

// rewrapped finishes what changed an account's password or recovery code and not its
// keys, by the wraps of before and after a replay: only the keyring has them, all else
// of such a request was in the commit that is not there. Whoever signed in with the
// password of before is out, and nobody may have kept the newer code. Accounts that
// got other keys are left: see outdate.
func (p *replayer) rewrapped(ctx context.Context, before []store.Wrap) (list []Altered, err error) {
	after, err := p.tx.LastingWraps(ctx)
	if err != nil {
		return nil, err
	}
	had := keyed(before, wrapKey)
	others := map[store.AccountID]map[string]bool{}
	for _, w := range after {
		was, there := had[wrapKey(w)]
		if there && was.ID == w.ID || slices.ContainsFunc(p.rekeyed, func(a Altered) bool { return a.Account == w.Account }) {
			continue
		}
		if others[w.Account] == nil {
			others[w.Account] = map[string]bool{}
		}
		others[w.Account][w.Kind] = true
	}
	for id, kinds := range others {
		// An account with no password of before is made by this replay.
		if _, known := had[wrapOf{id, store.WrapPassword}]; !known {
			continue
		}
		kind := AlteredByCode
		switch {
		case !kinds[store.WrapRecovery]:
			kind = AlteredPassword
		case !kinds[store.WrapPassword]:
			kind = AlteredCode
		}
		list = append(list, Altered{Kind: kind, Account: id})
		var errSessions, errCode error
		if kinds[store.WrapPassword] {
			_, errSessions = p.tx.EndOtherSessions(ctx, id, store.SessionID{})
		}
		if kinds[store.WrapRecovery] {
			errCode = p.tx.SetRecovery(ctx, id, time.Time{})
		}
		if err := errors.Join(errSessions, errCode); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// wrapOf names the one wrap of a kind that an account has.
type wrapOf struct {
	account store.AccountID
	kind    string
}

func wrapKey(w store.Wrap) wrapOf { return wrapOf{w.Account, w.Kind} }
