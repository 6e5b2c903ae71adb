package httpapi

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/hub/store"
)

// at is a stranger at an address of this machine.
func (r *rig) at(address string) *person {
	p := r.stranger()
	p.client.Transport.(*http.Transport).DialContext = (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}).DialContext
	return p
}

// totp is the code of a person's secret now (RFC 6238), as if none was used before.
func (p *person) totp(secret string) string {
	t := p.r.t
	t.Helper()
	must(t, p.r.store.Update(t.Context(), func(tx *store.Tx) error {
		row, err := tx.TOTP(t.Context(), p.r.caller(p).Account)
		row.LastStep = 0
		return errors.Join(err, tx.PutTOTP(t.Context(), row))
	}))
	key, err := base32.StdEncoding.DecodeString(secret)
	must(t, err)
	m := hmac.New(sha1.New, key)
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(time.Now().Unix()/30)))
	sum := m.Sum(nil)
	at := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fff_ffff%1_000_000)
}

// TestStrangersOfManyAddresses: a hundred wrong codes of the second factor, from ten
// addresses and with the right password, delay the next address, and neither the one
// from which a code was right before, nor the recovery code.
func TestStrangersOfManyAddresses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ann := r.person("ann")
	code := ann.recovery()
	var made struct{ Secret string }
	decode(t, ann.do("POST", ann.once("/totp/new"), nil), &made)
	if a := ann.do("POST", ann.path("/totp/confirm"), map[string]string{"code": ann.totp(made.Secret)}); a.StatusCode != 204 {
		t.Fatalf("%s %s", a.Status, bodyOf(t, a))
	}
	signIn := func(p *person, code string) *http.Response {
		return p.do("POST", "/api/sign-in/"+media.NewClipID().String(), map[string]string{"name": "ann", "password": testPassword, "totp": code})
	}
	known, other := r.at("127.0.0.99"), r.at("127.0.0.98")
	wait(t, "the right code", func() bool { return signIn(known, ann.totp(made.Secret)).StatusCode == 200 })
	// guess tries wrong codes from an address until it has to wait, and says how many
	// were looked at: a busy hub counts more than it answers.
	guess := func(address int) (n int) {
		eve := r.at(fmt.Sprintf("127.0.0.%d", address))
		for {
			a := signIn(eve, "x")
			if a.StatusCode == 429 && a.Header.Get("Retry-After") != "" {
				return n
			}
			wantKind(t, a, 401, "second-factor")
			n++
		}
	}
	var crowd sync.WaitGroup
	for i := range 10 {
		crowd.Go(func() { guess(100 + i) })
	}
	crowd.Wait()
	last := 110
	for guess(last) > 0 {
		last++
	}
	if last > 130 {
		t.Errorf("the %dth address has to wait at once", last-99)
	}
	if a := signIn(other, "x"); a.StatusCode != 429 {
		t.Errorf("an address more: %s %s", a.Status, bodyOf(t, a))
	}
	wantKind(t, signIn(known, "x"), 401, "second-factor") // it is looked at
	fresh := map[string]string{"name": "ann", "code": code, "password": "another long passphrase", "totp": ann.totp(made.Secret)}
	if a := other.do("POST", "/api/recover/"+media.NewClipID().String(), fresh); a.StatusCode != 200 {
		t.Errorf("with the recovery code: %s %s", a.Status, bodyOf(t, a))
	}
}
