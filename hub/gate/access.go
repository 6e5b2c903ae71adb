package gate

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"lares/cameras"
	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/journal"
	"lares/hub/store"
)

// How a camera is reached changes: somebody gives it another password, another
// address, another network. It stays the camera it is: its pin stays, and a device
// that does not fit it is refused at the next connect like any other.

var (
	// ErrPasswordAgain says that the password which is kept was given for other
	// addresses, and goes to no new ones before it is given again.
	ErrPasswordAgain = errors.New("gate: the camera's password is needed for new addresses")
	// ErrSerialLost and ErrKeyLost say that nothing at the new addresses would tell
	// that the device is still the one it was: its serial number, or its TLS key.
	ErrSerialLost = errors.New("gate: without ONVIF the camera is not recognised")
	ErrKeyLost    = errors.New("gate: unencrypted, the camera is not recognised")
	// ErrSubElsewhere and ErrONVIFElsewhere say that an address is of another host than
	// the main stream: what the camera is recognised by says nothing of it.
	ErrSubElsewhere   = errors.New("gate: the sub stream is of another host")
	ErrONVIFElsewhere = errors.New("gate: ONVIF is of another host")
	// ErrLookAgain and ErrSubLookAgain say that the address of the main or the sub stream
	// may be of another channel of a recorder, of which nothing tells which.
	ErrLookAgain    = errors.New("gate: nothing tells which channel of the device is at the new address")
	ErrSubLookAgain = errors.New("gate: nothing tells that the sub stream is of the main stream's channel")
)

// NewAccess is how a camera is reached from now on; all but the password is as in
// cameras.Access.
type NewAccess struct {
	Main, Sub, ONVIF, Transport, Username string
	// Password is nil where it stays what it was.
	Password *string
}

// Access is how a camera of the caller's own is reached, for the owner in person.
// Its password is not in it; password says whether there is one. It returns
// ErrNotFound or ErrUnavailable.
func (g *Gate) Access(ctx context.Context, c account.Caller, id media.CameraID) (a NewAccess, password bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	is, err := g.ownAccess(ctx, c, id)
	if err != nil {
		return a, false, g.answer(err)
	}
	return NewAccess{is.Main, is.Sub, is.ONVIF, is.Transport, is.Username, nil}, is.Password != "", nil
}

// ownAccess is the access of a camera of the caller's own, for the owner in person. One
// of another camera is refused and counted.
func (g *Gate) ownAccess(ctx context.Context, c account.Caller, id media.CameraID) (cameras.Access, error) {
	if _, err := g.admitOwner(ctx, c, id); err != nil {
		return cameras.Access{}, err
	}
	row, err := g.cfg.Store.Camera(ctx, id)
	if err != nil {
		return cameras.Access{}, err
	}
	if fault.On {
		row = fault.Swap(fault.CameraAccess, c.Account.String(), row)
	}
	err = g.stillOwn(fault.CameraAccess, row, id, c.Account)
	if errors.Is(err, ErrInput) {
		err = ErrNotFound // retired, it is reached no more
	}
	if err != nil {
		return cameras.Access{}, err
	}
	return g.openAccess(row)
}

// SetAccess changes how a camera of the caller's own is reached, for the owner in
// person. What it recorded, who may see it and what was learned of the device stay.
// It returns ErrInput, ErrSubElsewhere, ErrONVIFElsewhere, ErrPasswordAgain, ErrSerialLost,
// ErrKeyLost, ErrLookAgain, ErrSubLookAgain, ErrKnownDevice, ErrSharedPassword, ErrGuesses, ErrNotFound or
// ErrUnavailable. Config.Changed hears of it.
func (g *Gate) SetAccess(ctx context.Context, c account.Caller, id media.CameraID, n NewAccess) error {
	now, err := g.now()
	if err != nil {
		return err
	}
	if err := g.oneHost(ctx, c, cameras.Access{Main: n.Main, Sub: n.Sub, ONVIF: n.ONVIF}); err != nil {
		return g.answer(err)
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	if _, err := g.admitOwner(ctx, c, id); err != nil {
		return g.answer(err)
	}
	var row store.Camera
	var was, is cameras.Access
	err = g.write(ctx, c, func(tx *store.Tx) (err error) {
		if row, err = g.ownCamera(ctx, tx, id, c.Account); err != nil {
			return err
		}
		if was, err = g.openAccess(row); err != nil {
			return err
		}
		if is, err = changed(was, n, now); err != nil {
			return err
		}
		if is.Source, is.Channels, err = g.channel(c, was, is); err != nil {
			return err
		}
		return g.putAccess(ctx, tx, row, is)
	})
	if err != nil {
		return g.answer(g.taken(row, err))
	}
	g.cfg.Store.Scrub() // of the former password
	if !sameHosts(was, is) {
		g.asking.Lock()
		delete(g.places, id)
		g.asking.Unlock()
	}
	g.did(c, journal.Entry{Kind: journal.CameraAccess, Camera: id, Owner: c.Account, Detail: map[string]any{
		"password": was.Password != is.Password || was.Username != is.Username, "address": was.Main != is.Main || was.Sub != is.Sub || was.ONVIF != is.ONVIF,
	}})
	g.cfg.Changed(id)
	return nil
}

// changed is an access with what is new in it; what was learned of the device
// stays.
func changed(was cameras.Access, n NewAccess, now time.Time) (cameras.Access, error) {
	is := was
	is.Main, is.Sub, is.ONVIF, is.Transport, is.Username = n.Main, n.Sub, n.ONVIF, n.Transport, n.Username
	if n.Password != nil { // for these addresses, whoever found them
		is.Password, is.Moved = *n.Password, cameras.Moved{}
	}
	if err := checkAccess(is); err != nil {
		return is, err
	}
	switch {
	case is.Pin.Kind == cameras.PinSerial && is.ONVIF == "":
		return is, ErrSerialLost
	case is.Pin.Kind == cameras.PinTLS && !encrypted(is.Main):
		return is, ErrKeyLost
	case n.Password == nil && is.Password != "" && !knownHosts(was, is):
		return is, ErrPasswordAgain
	}
	// A host that once asked for a digest gets no less, whoever has the password
	// typed again: it may be somebody in between who refused it.
	is.Digest.Main = was.Digest.Main && hostOf(was.Main) == hostOf(is.Main)
	is.Digest.Sub = was.Digest.Sub && hostOf(was.Sub) == hostOf(is.Sub)
	if !sameHosts(was, is) {
		is.NotAt = ""
	}
	if hostOf(is.Main) != hostOf(was.Main) || is.Username != was.Username || is.Password != was.Password {
		is.Since = now.UnixMilli()
	}
	return is, nil
}

// channel is which channel of its device a camera is at its new addresses, and how many
// that has to offer. Another channel of a recorder may be somebody else's: where neither
// the old addresses nor a look of the caller's session tells which one main stream and
// sub stream are of, it returns ErrLookAgain, or ErrSubLookAgain if only that of the main
// stream is told.
func (g *Gate) channel(c account.Caller, was, is cameras.Access) (source string, of int, err error) {
	source, of = was.Source, was.Channels
	if source == "" { // no channel of its device is another owner's
		return source, of, nil
	}
	refused := ErrLookAgain
	known := isOfChannel(was, is.Main, !is.Pin.IsZero())
	if !known {
		source, of, known = g.probes.channelAt(c, is.Main)
	}
	if known && is.Sub != "" && !(source == was.Source && isOfChannel(was, is.Sub, !is.Pin.IsZero())) {
		at, _, ok := g.probes.channelAt(c, is.Sub)
		known, refused = ok && at == source, ErrSubLookAgain
	}
	switch {
	case known:
		return source, of, nil
	case was.Channels == 1: // no recorder was there; of what is there now nobody told
		return "", 0, nil
	}
	return "", 0, refused
}

// isOfChannel reports whether an address is one of a camera's as it was; on another host
// only of a device that is met, which is refused at the next connect if it is another.
func isOfChannel(was cameras.Access, address string, met bool) bool {
	for _, old := range []string{was.Main, was.Sub} {
		if old != "" && (sameAddress(address, old) || met && sameChannel(address, old)) {
			return true
		}
	}
	return false
}

// hostOf is the host in a URL, in one spelling.
func hostOf(address string) string {
	if ip := hostAddr(address); ip.IsValid() {
		return ip.String()
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
}

func encrypted(address string) bool {
	return strings.HasPrefix(address, "rtsps:") || strings.HasPrefix(address, "https:")
}

func addresses(a cameras.Access) [3]string { return [3]string{a.Main, a.Sub, a.ONVIF} }

func sameHosts(a, b cameras.Access) bool {
	for i, address := range addresses(a) {
		if hostOf(address) != hostOf(addresses(b)[i]) {
			return false
		}
	}
	return true
}

// knownHosts reports whether every new address is of a host that has the password
// already, in a way that shows it to nobody who did not see it before.
func knownHosts(was, is cameras.Access) bool {
	for _, address := range addresses(is) {
		known := address == ""
		for _, old := range addresses(was) {
			known = known || old != "" && hostOf(old) == hostOf(address) && (encrypted(address) || !encrypted(old))
		}
		if !known {
			return false
		}
	}
	return true
}

// Rename calls the camera of a Manage pass something else. It returns ErrInput,
// ErrNotFound or ErrUnavailable.
func (g *Gate) Rename(ctx context.Context, p Pass, name string) error {
	if !p.isFor(Manage) {
		return g.crossing("pass", p.camera, p.account)
	}
	if !isName(name) {
		return ErrInput
	}
	now, err := g.now()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	err = g.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := stands(ctx, tx.View, p, now); err != nil {
			return err
		}
		return tx.RenameCamera(ctx, p.camera, name)
	})
	if err != nil {
		return g.answer(err)
	}
	g.journal(p.entry(journal.CameraRenamed))
	return nil
}

// putAccess seals and stores how a camera is reached from now on, unless its password
// or its device is somebody else's. It returns ErrInput for what is too long.
func (g *Gate) putAccess(ctx context.Context, tx *store.Tx, row store.Camera, is cameras.Access) error {
	if err := g.ownPassword(ctx, tx.View, row, is); err != nil {
		return err
	}
	if err := g.ownDevice(ctx, tx.View, row, is); err != nil {
		return err
	}
	b, err := json.Marshal(is)
	if err != nil || len(b) > maxAccess {
		return ErrInput
	}
	return tx.SetCameraAccess(ctx, row.ID, row.Access, g.cfg.Vault.SealAccess(row.ID, row.Owner, b), g.pinHash(is))
}
