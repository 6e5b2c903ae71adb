package vault

import (
	"context"
	"errors"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

// rights are what a database gives to people, at one moment.
type rights struct {
	accounts []store.Account
	cameras  []store.Camera
	grants   []store.Grant
	tokens   []store.TokenCamera
}

func readRights(ctx context.Context, rows store.View) (r rights, err error) {
	var errs [4]error
	r.accounts, errs[0] = rows.Accounts(ctx)
	r.cameras, errs[1] = rows.AllCameras(ctx)
	r.grants, errs[2] = rows.AllGrants(ctx)
	r.tokens, errs[3] = rows.AllTokenCameras(ctx)
	return r, errors.Join(errs[:]...)
}

// until lists what changed from one moment to another, in an order that the
// journal's check can follow: somebody, the camera, then what is shared. Rekeyed got
// other keys meanwhile.
func (r rights) until(now rights, rekeyed []Altered) (list []Altered) {
	accounts, cameras := keyed(r.accounts, accountKey), keyed(r.cameras, cameraKey)
	owners := map[media.CameraID]store.AccountID{}
	for _, c := range r.cameras {
		owners[c.ID] = c.Owner
	}
	for _, a := range now.accounts {
		if _, was := accounts[a.ID]; !was {
			list = append(list, Altered{Kind: AlteredAccountMade, Account: a.ID})
		}
	}
	for _, c := range now.cameras {
		owners[c.ID] = c.Owner
		if _, was := cameras[c.ID]; !was && c.Removed.IsZero() {
			list = append(list, Altered{Kind: AlteredCameraMade, Camera: c.ID, Owner: c.Owner})
		}
	}
	list = append(list, r.sharedUntil(now, owners, rekeyed)...)
	cameras = keyed(now.cameras, cameraKey)
	for _, c := range r.cameras {
		switch is, there := cameras[c.ID]; {
		case c.Removed.IsZero() && (!there || !is.Removed.IsZero()):
			list = append(list, Altered{Kind: AlteredCameraRemoved, Camera: c.ID, Owner: c.Owner})
		case there && c.Retired.IsZero() && !is.Retired.IsZero():
			list = append(list, Altered{Kind: AlteredCameraRetired, Camera: c.ID, Owner: c.Owner})
		}
	}
	accounts = keyed(now.accounts, accountKey)
	for _, a := range r.accounts {
		if _, is := accounts[a.ID]; !is {
			list = append(list, Altered{Kind: AlteredAccountRemoved, Account: a.ID})
		}
	}
	return list
}

// sharedUntil lists grants and rights of tokens that changed. One that goes on though
// its account got other keys, or waited before, was confirmed by the owner.
func (r rights) sharedUntil(now rights, owners map[media.CameraID]store.AccountID, rekeyed []Altered) (list []Altered) {
	others := keyed(rekeyed, func(a Altered) store.AccountID { return a.Account })
	was, is := keyed(r.grants, grantKey), keyed(now.grants, grantKey)
	for _, g := range r.grants {
		if _, there := is[grantKey(g)]; !there {
			list = append(list, Altered{Kind: AlteredRevoked, Camera: g.Camera, Owner: owners[g.Camera], Account: g.Account})
		}
	}
	for _, g := range now.grants {
		if before, there := was[grantKey(g)]; there && sameGrant(before, g) {
			if _, rekeyed := others[g.Account]; !g.Unconfirmed && (rekeyed || before.Unconfirmed) {
				list = append(list, Altered{Kind: AlteredConfirmed, Camera: g.Camera, Owner: owners[g.Camera], Account: g.Account})
			}
			continue
		}
		list = append(list, Altered{
			Kind: AlteredGranted, Camera: g.Camera, Owner: owners[g.Camera], Account: g.Account,
			Actions: g.Actions, HistoryFrom: g.HistoryFrom, Expires: g.Expires, Waits: g.Unconfirmed,
		})
	}
	held := keyed(now.tokens, tokenKey)
	for _, k := range r.tokens {
		if _, there := held[tokenKey(k)]; !there {
			list = append(list, Altered{Kind: AlteredTokenEnded, Camera: k.Camera, Owner: owners[k.Camera], Account: k.Maker, Object: media.ID[any](k.Token)})
		}
	}
	return list
}

// sameGrant reports whether a grant allows, once it is confirmed, nothing else than
// before.
func sameGrant(a, b store.Grant) bool {
	return a.Actions == b.Actions && a.HistoryFrom.Equal(b.HistoryFrom) && a.Expires.Equal(b.Expires)
}

// endLinks ends the guest links that stood on what a replay took: no later grant
// brings them back. Where a grant does less now, all of them go.
func endLinks(ctx context.Context, tx *store.Tx, before, after rights, now time.Time) (ended []Altered, err error) {
	is := keyed(after.grants, grantKey)
	for _, was := range before.grants {
		g, there := is[grantKey(was)]
		if !there {
			g = was
		} else if was.Actions&^g.Actions == 0 && !g.HistoryFrom.After(was.HistoryFrom) {
			continue
		}
		links, err := tx.RevokeLinksBeyond(ctx, g, !there || was.Actions&^g.Actions != 0, true, now) // who hears no more does less
		if err != nil {
			return nil, err
		}
		for _, l := range links {
			ended = append(ended, Altered{Kind: AlteredLinkEnded, Camera: l.Camera, Account: g.Account, Object: media.ID[any](l.ID), Clip: l.Clip})
		}
	}
	return ended, nil
}

// shared names what somebody has of a camera.
type shared struct {
	camera media.CameraID
	holder [16]byte
}

func accountKey(a store.Account) store.AccountID { return a.ID }
func cameraKey(c store.Camera) media.CameraID    { return c.ID }
func grantKey(g store.Grant) shared              { return shared{g.Camera, g.Account} }
func tokenKey(k store.TokenCamera) shared        { return shared{k.Camera, k.Token} }

func keyed[K comparable, V any](list []V, key func(V) K) map[K]V {
	m := make(map[K]V, len(list))
	for _, v := range list {
		m[key(v)] = v
	}
	return m
}
