package prove

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"lares/cameras/fakecam"
	"lares/recorder/sealed"
)

// kind says what an id or mark in a text stands for.
type kind uint8

const (
	kindCamera kind = iota + 1
	kindName
	kindClip
	kindEvent
	kindScope
)

// thing is what an id or mark in a text belongs to.
type thing struct {
	kind    kind
	camera  *camera
	session *session // of a scope
}

// register knows every id that was ever given out and every mark in texts.
type register struct {
	mu     sync.RWMutex // guards things
	things map[id]thing
}

func (g *register) add(i id, t thing) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.things == nil {
		g.things = map[id]thing{}
	}
	g.things[i] = t
}

func (g *register) find(i id) (thing, bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	t, ok := g.things[i]
	return t, ok
}

// expect is what one answer should be.
type expect struct {
	verb   verb
	camera *camera // whose media or object it is; nil for lists and what is not there
	need   right   // what the camera's media need
	legal  bool    // it must succeed, and show this camera or, without one, any own
	barred bool    // it must look like what is not there
	init   bool    // an init segment: the size of the picture is the mark
	thumb  bool    // a JPEG picture
	heat   bool    // where it moves: the number of cells is the mark, and there may be none
	small  bool    // a small one, or a page of such: drawn by the hub, without a mark
	film   bool    // a preview: many of those
	bundle bool    // an archive: what is in its files counts
	echo   bool    // ids of what the account itself might once see, or asked for, may be in it
	page   []wish  // a page of thumbnails of these clips
	least  int     // marks that it must hold
	filled string  // what must not be in it: a list of nothing
	events bool    // a page of events, or one: none may be from before a grant
	pushed bool    // nobody asked for it now: it is no request, unless it is wrong
	follow bool    // a picture of a live tile that has shown one
}

// wish is one clip of a page that was asked for.
type wish struct {
	clip   id
	camera *camera // nil: no clip that ever was
}

// look is what one answer turned out to hold.
type look struct {
	count
	mine  bool // a mark of e.camera was among them
	short bool // something of what was asked for is missing
	none  bool // it says that there is nothing
	r     *rig
	s     *session
	e     expect
	at    time.Time
}

// inspect reads every byte of an answer and counts it. It returns whether the
// answer held own marks, and no other.
func (r *rig) inspect(t *tally, s *session, e expect, a answer) bool {
	l := look{r: r, s: s, e: e, at: time.Now()}
	l.answers, l.bytes = 1, int64(len(a.body))
	if a.cached {
		l.asked = 1
		if a.hit {
			l.hits = 1
		}
	}
	ok := a.status == 200 || a.status == 206
	if ok && e.bundle {
		a.body, a.json = l.unpacked(a.body), true
	}
	l.pictures(a.body)
	if a.json || a.problem {
		l.texts(a.body)
	}
	if ok && e.init {
		l.sized(a.body)
	}
	if ok && e.heat {
		l.heated(a.body)
	}
	switch {
	case ok && e.page != nil:
		l.page(a.body)
	case ok && (e.thumb || e.small):
		l.little(a.body, e.camera)
	case ok && e.film:
		l.film(a.body, e.camera)
	}
	if ok && e.events {
		l.dated(a.body)
	}
	if ok && e.legal {
		l.full(a.body)
	}
	clean := l.foreign+l.apart+l.accounts+l.scopes == 0
	if clean && l.own > 0 {
		l.own = 1
	} else {
		l.own = 0
	}
	if e.legal {
		l.right(a, ok, clean)
	}
	if refused := a.status == 404 && r.isAbsent(a.body); e.barred && a.status != 503 && (refused || l.stillBarred()) {
		l.barred = 1
		if !refused {
			l.passed = 1
			r.findings.add("not refused", "%s of account %d for camera %s: status %d, %.120q", verbNames[e.verb], s.account, e.camera.label(), a.status, a.body)
		}
	}
	shown := l.own > 0
	if e.follow {
		l.own, l.follow = 0, l.own
	}
	t.add(e.verb, l.count)
	return shown
}

// stillBarred reports whether what had to be refused when it was asked for still has to be:
// a grant may have been given on its way.
func (l *look) stillBarred() bool {
	if l.e.camera == nil {
		return true
	}
	_, no := l.s.may(l.r, l.e.camera, l.e.need, l.at)
	return no
}

// right judges an answer that had to succeed.
func (l *look) right(a answer, ok, clean bool) {
	l.legal = 1
	switch {
	case a.status == 503 && a.hit:
		l.legal = 0 // the hub's one answer was counted; a broken cache keeps it for a minute
	case a.status == 503:
		l.unavailable = 1
	case !ok || !clean || l.short || l.e.camera != nil && !l.mine && !l.none:
		// What was revoked or signed out meanwhile had not to succeed.
		if !l.s.still(l.r, l.e, l.at) {
			l.legal = 0
			break
		}
		l.wrong = 1
		l.r.findings.add("wrong answer", "%s of account %d: status %d, %d bytes, camera shown: %v, short: %v", verbNames[l.e.verb], l.s.account, a.status, len(a.body), l.mine, l.short)
	case l.e.pushed || l.e.follow:
		l.legal = 0
	}
}

// full looks whether a list holds what it must: who has cameras and recordings
// sees them, and not an empty list.
func (l *look) full(b []byte) {
	if l.own < l.e.least || l.e.filled != "" && bytes.Contains(b, []byte(l.e.filled)) {
		l.short = true
	}
}

// dated looks whether events, or parts of them, are from before the grant by
// which their camera is seen. Of an event that went on after it, the words may be
// of after it, too, and then the grant's own key opens them: that it is listed at
// all, lock 1 has to prevent.
func (l *look) dated(b []byte) {
	if !l.s.person() {
		return
	}
	type event struct {
		Camera string
		Class  string
		Start  time.Time
		End    time.Time
		Clips  []struct{ Start time.Time }
	}
	var page struct {
		Events []event
		Event  *event
	}
	if json.Unmarshal(b, &page) != nil {
		l.short = true
		return
	}
	if page.Event != nil {
		page.Events = append(page.Events, *page.Event)
	}
	for _, e := range page.Events {
		c := l.r.byID(e.Camera)
		if c == nil {
			continue
		}
		since := l.r.truth.since(l.s.account, c, l.at)
		early := e.Start.Before(since)
		for _, k := range e.Clips {
			early = early || k.Start.Before(since)
		}
		switch {
		case early && e.Class != "" && !e.End.IsZero() && e.End.Before(since):
			l.breach(&l.foreign, "foreign text", c, fmt.Sprintf("the text of an event from before the grant (from %v to %v of it)", e.Start.Sub(since), e.End.Sub(since)))
		case early:
			l.breach(&l.apart, "foreign name or id", c, "an event from before the grant")
		}
	}
}

func (c *camera) label() string {
	if c == nil {
		return "none"
	}
	return hex.EncodeToString(c.picture[:4])
}

// isAbsent compares an answer with the one bytes that all answers to what is
// not there have.
func (r *rig) isAbsent(body []byte) bool { return bytes.Equal(body, r.absent) }

// pictures looks for marks of access units and pictures.
func (l *look) pictures(b []byte) {
	for _, m := range fakecam.FindMarks(b) {
		c := l.r.byPicture[m.Name]
		switch {
		case c == nil:
			l.breach(&l.foreign, "foreign media", nil, "a camera nobody added")
		case !l.s.covers(l.r, c, l.e.need, l.at) || l.e.need == 0:
			l.breach(&l.foreign, "foreign media", c, "picture")
		case l.e.need == history && l.s.person() && m.Frame < l.r.truth.first(l.s.account, c, l.at):
			l.breach(&l.foreign, "foreign media", c, "picture from before the grant")
		default:
			l.mark(c)
		}
	}
}

func (l *look) breach(n *int, kind string, c *camera, what string) {
	*n++
	l.r.findings.add(kind, "%s: account %d (%s) sees %s of camera %s", verbNames[l.e.verb], l.s.account, l.s.way(), what, c.label())
}

func (l *look) mark(c *camera) {
	l.own++
	if c == l.e.camera {
		l.mine = true
	}
}

var isHex = func() (t [256]bool) {
	for _, d := range []byte("0123456789abcdef") {
		t[d] = true
	}
	return t
}()

const digits = 2 * len(id{})

// texts looks at every run of exactly 32 digits, and at who the hub says that
// the caller is.
func (l *look) texts(b []byte) {
	for i := 0; i+digits <= len(b); {
		j := i + digits - 1
		for j >= i && isHex[b[j]] {
			j--
		}
		if j >= i {
			i = j + 1
			continue
		}
		end := i + digits
		for end < len(b) && isHex[b[end]] {
			end++
		}
		if end == i+digits {
			l.text(b[i:end])
		}
		i = end
	}
	l.classes(b)
	const caller = `"account":"`
	at := bytes.Index(b, []byte(caller))
	if at < 0 || len(b) < at+len(caller)+digits {
		return
	}
	if got := b[at+len(caller):][:digits]; string(got) != l.r.accounts[l.s.account].id {
		l.breach(&l.accounts, "another account", nil, "answers for "+string(got))
	}
}

func (l *look) text(b []byte) {
	var i id
	hex.Decode(i[:], b) // digits they are
	t, ok := l.r.register.find(i)
	if !ok {
		return
	}
	switch {
	case t.kind == kindScope:
		if t.session != l.s {
			l.breach(&l.scopes, "another session's address", nil, "the scope")
		}
	case l.s.covers(l.r, t.camera, seeIt, l.at):
		l.mark(t.camera)
	case l.e.echo && t.kind != kindName && (l.r.onceSaw(l.s.account, t.camera) || l.r.askedFor(l.s.account, i)):
	default:
		l.breach(&l.apart, "foreign name or id", t.camera, map[kind]string{kindCamera: "the id", kindName: "the name", kindClip: "a clip", kindEvent: "an event"}[t.kind])
	}
}

// classes compares the sealed text of each event with its camera: an event
// names the camera first.
func (l *look) classes(b []byte) {
	const camera = `"camera":"`
	for {
		_, rest, ok := bytes.Cut(b, []byte(camera))
		if !ok || len(rest) < digits {
			return
		}
		c := l.r.byID(string(rest[:digits]))
		event, _, _ := bytes.Cut(rest, []byte(camera))
		b = rest[digits:]
		if c == nil {
			continue
		}
		if text := field(event, "class"); text != "" && text != c.class {
			l.breach(&l.foreign, "foreign text", c, "the sealed text "+text+" as")
		} else if text != "" && !l.s.covers(l.r, c, history, l.at) {
			l.breach(&l.foreign, "foreign text", c, "sealed text")
		}
	}
}

// sized takes the size of the picture as the mark of an init segment.
func (l *look) sized(b []byte) {
	c := l.r.sized(b)
	switch {
	case c == nil:
		l.breach(&l.foreign, "foreign media", nil, "an init segment of no known size")
	case !l.s.covers(l.r, c, l.e.need, l.at):
		l.breach(&l.foreign, "foreign media", c, "init segment")
	default:
		l.mark(c)
	}
}

// heated takes the number of cells as the mark of a heat.
func (l *look) heated(b []byte) {
	var shown struct{ Heat *struct{ Columns, Rows int } }
	if json.Unmarshal(b, &shown) != nil || shown.Heat == nil {
		l.none = true
		return
	}
	const cell = 16
	at := slices.IndexFunc(l.r.cameras, func(c *camera) bool { return c.width/cell == shown.Heat.Columns && c.height/cell == shown.Heat.Rows })
	switch {
	case at < 0:
		l.breach(&l.foreign, "foreign media", nil, fmt.Sprintf("a heat of %d times %d cells", shown.Heat.Columns, shown.Heat.Rows))
	case l.r.cameras[at].owner != l.s.account:
		l.breach(&l.foreign, "foreign media", l.r.cameras[at], "the heat")
	default:
		l.mark(l.r.cameras[at])
	}
}

// decodeEvery is how many pictures go by for one that is decoded.
const decodeEvery = 8

func (l *look) picture(b []byte, c *camera) {
	if c == nil || l.r.decoded.Add(1)%decodeEvery != 0 {
		return
	}
	if err := c.shows(b); err != nil {
		l.breach(&l.foreign, "foreign media", c, err.Error())
	}
}

// little looks at a picture that the hub may have drawn of the stream, small or, where a clip
// has no other, in the place of a large one: what it shows is its mark. A picture that has one
// is the camera's own.
func (l *look) little(b []byte, want *camera) {
	if len(fakecam.FindMarks(b)) > 0 {
		l.picture(b, want)
		return
	}
	c, err := l.r.drawn(b)
	switch {
	case err != nil:
		l.breach(&l.foreign, "foreign media", nil, err.Error())
	case !l.s.covers(l.r, c, l.e.need, l.at):
		l.breach(&l.foreign, "foreign media", c, "a small picture")
	case want != nil && c != want:
		l.breach(&l.foreign, "foreign media", c, "the small picture of another clip")
	default:
		l.mark(c)
	}
}

// film looks at each picture of a preview.
func (l *look) film(b []byte, want *camera) {
	frames, err := sealed.ParsePreview(b)
	if err != nil {
		l.short = true
	}
	for _, f := range frames {
		l.little(f.JPEG, want)
	}
}

// page reads a page of thumbnails: whom it is for, and item by item whether the
// picture is the one that was asked for. The marks were looked at before.
func (l *look) page(b []byte) {
	const magic, status, length = "LARPAGE1", 1, 4
	if len(b) < len(magic)+len(id{}) || string(b[:len(magic)]) != magic {
		l.breach(&l.accounts, "another account", nil, "a page without a head")
		return
	}
	if got := hex.EncodeToString(b[len(magic):][:len(id{})]); got != l.r.accounts[l.s.account].id {
		l.breach(&l.accounts, "another account", nil, "a page for "+got)
	}
	shown := map[id]bool{}
	for b = b[len(magic)+len(id{}):]; len(b) >= len(id{})+status+length; {
		clip := id(b[:len(id{})])
		n := int(binary.BigEndian.Uint32(b[len(id{})+status:]))
		b = b[len(id{})+status+length:]
		if n > len(b) {
			break
		}
		l.item(clip, b[:n])
		shown[clip] = true
		b = b[n:]
	}
	for _, w := range l.e.page {
		if w.camera == nil {
			continue
		}
		if yes, _ := l.s.may(l.r, w.camera, history, l.at); l.e.legal && yes && !l.partly(w.camera) && !shown[w.clip] && !l.r.restarting.Load() {
			l.short = true
		}
	}
}

// partly reports whether the session may see a camera's recordings from some
// moment on only: which clips that are, the hub knows better.
func (l *look) partly(c *camera) bool {
	return l.s.person() && l.r.truth.first(l.s.account, c, l.at) > 0
}

func (l *look) item(clip id, picture []byte) {
	for _, w := range l.e.page {
		if w.clip != clip {
			continue
		}
		for _, m := range fakecam.FindMarks(picture) {
			if w.camera == nil || m.Name != w.camera.picture {
				l.breach(&l.foreign, "foreign media", l.r.byPicture[m.Name], "the picture of another clip")
			}
		}
		switch {
		case len(picture) == 0:
		case w.camera == nil:
			l.breach(&l.foreign, "foreign media", nil, "a picture of a clip that never was")
		default:
			l.little(picture, w.camera)
		}
		return
	}
	l.short = true // whose it is, its marks say
}

// unpacked is all files of an archive, one behind the other.
func (l *look) unpacked(b []byte) (all []byte) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		l.short = true
		return nil
	}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			l.short = true
			return nil
		}
		one, err := io.ReadAll(in)
		if err != nil {
			l.short = true
			return nil
		}
		all = append(all, one...)
	}
	return all
}
