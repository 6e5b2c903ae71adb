package httpapi

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"lares/cameras/clock"
	"lares/cameras/fault"
	"lares/cameras/media"
	"lares/hub/account"
	"lares/hub/gate"
	"lares/recorder"
)

const (
	downloadLife        = time.Minute // of an address that nobody asked for yet
	maxDownloads        = 1024
	maxSessionDownloads = 32
	// keptLife is for how long one is good that was: a download that broke off goes on, or begins
	// anew. maxSessionKept bounds those of a session; of more the oldest goes.
	keptLife       = 24 * time.Hour
	maxSessionKept = 16
)

// downloadID names one download. It is kept like a secret but opens nothing
// without the cookie of the session that made it.
type downloadID = media.ID[ticket]

// ticket is a download that was offered: what to ask the gate for again, no key and no right.
type ticket struct {
	id      downloadID
	session account.SessionID
	clip    media.ClipID
	sound   gate.Sound
	event   media.EventID // of an evidence bundle, which has no clip of its own
	span    gate.Span     // of a span's bundle, likewise
	fetched bool          // it was asked for, and is good for a day from then on
	until   time.Time
}

// downloads are the tickets, which go with the process. Exports have addresses that outlast it:
// gate.KeepExport.
type downloads struct {
	clock clock.Clock

	mu   sync.Mutex // guards open
	open map[downloadID]ticket
}

func newDownloads(c clock.Clock) *downloads {
	return &downloads{clock: c, open: map[downloadID]ticket{}}
}

// offer makes of what is wanted a ticket, whose address it returns.
func (d *downloads) offer(want ticket) (url string, err error) {
	id, ok := d.issue(want)
	if !ok {
		return "", &problem{
			status: http.StatusTooManyRequests, kind: "too-many", retryAfter: downloadLife,
			detail: "Too many downloads are waiting.",
		}
	}
	return addressOf(id), nil
}

func addressOf(id downloadID) string { return "/d/" + id.String() }

// issue makes a ticket, unless too many wait.
func (d *downloads) issue(want ticket) (id downloadID, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now, own := d.clock.Now(), 0
	for id, t := range d.open {
		switch {
		case now.After(t.until):
			delete(d.open, id)
		case t.session == want.session && !t.fetched:
			own++
		}
	}
	if len(d.open) >= maxDownloads {
		d.thin(func(ticket) bool { return true }, maxDownloads/2)
	}
	if len(d.open) >= maxDownloads || own >= maxSessionDownloads {
		return id, false
	}
	want.id, want.until = media.NewID[ticket](), now.Add(downloadLife)
	d.open[want.id] = want
	return want.id, true
}

// find finds the ticket of a session, which is good for a day then. It returns gate.ErrNotFound,
// also for another session's, or gate.ErrCrossed for a ticket that is another one.
func (d *downloads) find(id downloadID, session account.SessionID) (ticket, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t, ok := d.open[id]
	if !ok || t.session != session {
		return ticket{}, gate.ErrNotFound
	}
	if fault.On {
		t = fault.Swap(fault.Download, session.String(), t)
	}
	if t.id != id || t.session != session {
		return ticket{}, gate.ErrCrossed
	}
	now := d.clock.Now()
	if now.After(t.until) {
		delete(d.open, id)
		return ticket{}, gate.ErrNotFound
	}
	if !t.fetched {
		t.fetched, t.until = true, now.Add(keptLife)
		d.open[id] = t
		d.thin(func(t ticket) bool { return t.session == session }, maxSessionKept)
	}
	return t, nil
}

// thin drops the oldest of those that were fetched and are of some kind, but for so many. d.mu is held.
func (d *downloads) thin(of func(ticket) bool, keep int) {
	var kept []ticket
	for _, t := range d.open {
		if t.fetched && of(t) {
			kept = append(kept, t)
		}
	}
	slices.SortFunc(kept, func(a, b ticket) int { return a.until.Compare(b.until) })
	for _, t := range kept[:max(0, len(kept)-keep)] {
		delete(d.open, t.id)
	}
}

// forget drops the tickets of a session.
func (d *downloads) forget(session account.SessionID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, t := range d.open {
		if t.session == session {
			delete(d.open, id)
		}
	}
}

// soundNote says what sound a download has.
type soundNote struct {
	Codec    string `json:"codec"`
	Recorded string `json:"recorded,omitempty"` // if that is another codec
}

// sound finds what the clip's first sound is in that form; nil if it is silent.
func (s *Server) sound(q *request, form gate.Sound) (*soundNote, error) {
	c, opener, err := s.openClip(q)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	tracks, err := opener.Tracks(form)
	if err != nil {
		return nil, err
	}
	for _, t := range clipTracks(tracks) {
		if t.Kind == "audio" {
			return &soundNote{Codec: t.Codec, Recorded: t.Recorded}, nil
		}
	}
	return nil, nil
}

func (s *Server) downloadPost(q *request) error {
	var want string
	if err := q.read(field{name: "sound", into: &want, max: 16}); err != nil {
		return err
	}
	form := gate.Playable
	switch want {
	case "", "playable":
	case "recorded":
		form = gate.Recorded
	default:
		return badField("sound", "The sound is neither playable nor recorded.")
	}
	note, err := s.sound(q, form)
	if err != nil {
		return err
	}
	url, err := s.downloads.offer(ticket{session: q.caller.Session, clip: q.pass.Clip(), sound: form})
	if err != nil {
		return err
	}
	return q.answer(http.StatusOK, struct {
		Account account.ID `json:"account"`
		URL     string     `json:"url"`
		Sound   *soundNote `json:"sound,omitempty"`
	}{q.caller.Account, url, note})
}

// downloadGet finds what the address is of, and asks the gate again.
func (s *Server) downloadGet(q *request) error {
	id, err := media.ParseID[ticket](q.Params("download"))
	if err != nil {
		return notFound()
	}
	offered, err := s.downloads.find(id, q.caller.Session)
	if errors.Is(err, gate.ErrCrossed) {
		return s.cfg.Gate.Crossed(fault.Download, q.caller.Account)
	}
	if errors.Is(err, gate.ErrNotFound) {
		return s.exportGet(q, id)
	}
	if err != nil {
		return err
	}
	switch {
	case !offered.event.IsZero():
		return s.evidenceGet(q, offered.event)
	case offered.span.Evidence:
		return s.spanEvidenceGet(q, offered.span)
	}
	q.pass, err = s.cfg.Gate.AdmitClip(q.ctx, q.caller, offered.clip, gate.Export)
	if errors.Is(err, gate.ErrNotFound) {
		s.cfg.Gate.DeniedClip(q.ctx, q.caller, offered.clip)
	}
	if err != nil {
		return err
	}
	q.camera = q.pass.Camera()
	info, err := s.cfg.Gate.Clip(q.ctx, q.pass)
	if err != nil {
		return err
	}
	cam, err := s.cfg.Gate.Camera(q.ctx, q.caller, q.camera)
	if err != nil {
		return err
	}
	c, opener, err := s.openClip(q)
	if err != nil {
		return err
	}
	layout, err := opener.Layout(q.ctx, offered.sound)
	if err != nil {
		_ = c.Close()
		return err
	}
	want := span{0, layout.Size}
	if c.State() != recorder.StateOpen { // what is being written is another file a second later
		if want, err = q.wanted(layout.Size, s.tagOf(id, info, layout.Size, q.pass.Heard()), "The clip ends before this range."); err != nil {
			_ = c.Close()
			return err
		}
	}
	q.Set(fiber.HeaderContentDisposition, attachment(cam.Name, info.Start, "mp4"))
	return s.sendClip(q, c, opener, gate.Export, gate.MP4Part(want.start, want.end, offered.sound))
}

// attachment is a Content-Disposition (RFC 6266) whose name is safe in every
// file system: letters, digits, dash and dot. Other letters go into filename*
// (RFC 8187) beside a plain spelling.
func attachment(camera string, start time.Time, ending string) string {
	stamp := start.UTC().Format("2006-01-02_15-04-05Z")
	name := func(keep func(rune) bool) string {
		safe := strings.Map(func(r rune) rune {
			if r == '-' || r == '_' || keep(r) {
				return r
			}
			return '-'
		}, camera)
		if safe = strings.Trim(safe, "-"); safe == "" {
			safe = "camera"
		}
		return fmt.Sprintf("%s_%s.%s", safe, stamp, ending)
	}
	isLetter := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	plain := name(func(r rune) bool { return r < unicode.MaxASCII && isLetter(r) })
	full := name(isLetter)
	if full == plain {
		return fmt.Sprintf(`attachment; filename="%s"`, plain)
	}
	_, encoded, _ := strings.Cut(mime.FormatMediaType("attachment", map[string]string{"filename": full}), "; ")
	return fmt.Sprintf(`attachment; filename="%s"; %s`, plain, encoded)
}
