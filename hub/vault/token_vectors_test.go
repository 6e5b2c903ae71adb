package vault

import (
	"encoding/hex"
	"encoding/json"
	"maps"
	"testing"

	"lares/cameras/media"
	"lares/cameras/seal"
	"lares/hub/store"
)

// makeTokenVectors is what another implementation must make of an API token, a
// guest link and a guest whose bytes count up from a first one.
func makeTokenVectors(t *testing.T) map[string]string {
	v := vectorVault()
	x := hex.EncodeToString
	token, secret, cookie, clipKey := [32]byte(run(0x80, 32)), [32]byte(run(0x50, 32)), [32]byte(run(0x30, 32)), run(0xe0, 32)
	opened, err := v.openedToken(store.TokenID(run(0x60, 16)), token)
	if err != nil {
		t.Fatal(err)
	}
	p, maker := opened.tokenPrincipal(), store.AccountID(run(0x70, 16))
	name := APITokenName(token, maker)
	kem, fingerprint, scope, guestScope := opened.kem.Public().Fingerprint(), v.fingerprint(p), APITokenScope(token), GuestScope(cookie)
	camera, clip := media.CameraID(run(0x90, 16)), media.ClipID(run(0xb0, 16))
	link := store.GuestLink{ID: store.GuestLinkID(run(1, 16)), Camera: camera, Clip: clip}
	guest := v.guestBinding(store.GuestID(run(3, 16)), link.ID, camera, clip)
	return map[string]string{
		"hub_id": x(v.key.hub[:]), "camera_id": x(camera[:]), "clip_id": x(clip[:]), "clip_key": x(clipKey), "wrap_salt": x(run(2, 16)),
		"api_token": x(token[:]), "api_token_id": x(opened.id[:]), "api_token_hash": x(APITokenHash(token)), "api_token_scope": x(scope[:]),
		"api_token_scope_hash": x(ScopeHash(scope)), "api_token_kem_public_sha256": x(kem[:]), "api_token_fingerprint": x(fingerprint[:]),
		"api_token_signature": x(p.Signature), "api_token_maker": x(maker[:]), "api_token_id_of_both": x(name[:]),
		"guest_link_secret": x(secret[:]), "guest_link_id": x(link.ID[:]), "guest_link_hash": x(GuestSecretHash(secret)),
		"guest_link_binding": x(v.linkBinding(link)), "guest_link_wrap": x(seal.Wrap(linkWrapSecret(secret), run(2, 16), v.linkBinding(link), clipKey)),
		"guest_cookie": x(cookie[:]), "guest_hash": x(GuestTokenHash(cookie)), "guest_scope": x(guestScope[:]), "guest_binding": x(guest),
		"guest_wrap": x(seal.Wrap(guestWrapSecret(cookie), run(2, 16), guest, clipKey)),
	}
}

func TestTokenVectors(t *testing.T) {
	got := makeTokenVectors(t)
	b := readVectors(t, "testdata/token_vectors.json", got)
	var want map[string]string
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	// Nothing that is stored or shown says anything about another use.
	seen := map[string]string{}
	for _, name := range []string{
		"api_token", "api_token_hash", "guest_link_secret", "guest_link_hash", "guest_cookie", "guest_hash", "guest_link_wrap", "guest_wrap",
	} {
		if other := seen[got[name]]; other != "" {
			t.Errorf("%s and %s are equal", name, other)
		}
		seen[got[name]] = name
	}
}
