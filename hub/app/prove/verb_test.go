package prove

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

// turns are how often each verb is chosen, of the sum of all.
var turns = [verbs]int{
	vCameras: 8, vCamera: 10, vEvents: 12, vSearch: 10, vClip: 9, vThumbnail: 14, vSmall: 4, vPreview: 3, vPage: 7, vInit: 10, vFragment: 14,
	vRange: 10, vDownload: 4, vEvidence: 3, vJournal: 7, vEvent: 6, vHeat: 6,
}

// turn makes one choice and asks.
func (c *client) turn(s *session) error {
	if s.guest != "" {
		return c.visit(s)
	}
	if c.strays() {
		return c.stray(s)
	}
	if c.r.listing.Load() && s.person() && c.rand.IntN(oftenLists) == 0 {
		return c.list(s)
	}
	n := c.rand.IntN(c.r.turnSum)
	for v, weight := range c.r.turns {
		if n < weight {
			return c.do(s, verb(v))
		}
		n -= weight
	}
	return nil
}

// strays reports whether to try another session's address now. Behind the broken
// cache nobody does unless that is what is looked at: the 404 would be kept for
// whose address it is.
func (c *client) strays() bool {
	const seldom, often = 100, 8 // one in
	if c.r.straying.Load() {
		return c.rand.IntN(often) == 0
	}
	return !c.r.door.Load().proxied && c.rand.IntN(seldom) == 0
}

// stray asks, as itself, at an address of another session.
func (c *client) stray(s *session) error {
	a := c.r.accounts[c.rand.IntN(len(c.r.accounts))]
	other := a.seats[c.rand.IntN(len(a.seats))].session.Load()
	if other == s {
		return nil
	}
	path := [...]string{"cameras", "events", "me"}[c.rand.IntN(3)]
	_, err := c.ask(s, expect{verb: s.under(vCameras), need: seeIt, barred: true}, request{method: "GET", path: c.path(other, path)})
	return err
}

func (c *client) do(s *session, v verb) error {
	switch v {
	case vCameras:
		return c.cameras(s)
	case vCamera:
		return c.one(s)
	case vEvents:
		return c.events(s)
	case vSearch:
		return c.search(s)
	case vJournal:
		if s.bearer != "" {
			return c.one(s) // the journal is for people
		}
		return c.journal(s)
	case vHeat:
		if s.bearer != "" {
			return c.one(s) // no token of the play may manage
		}
		return c.heat(s)
	}
	return c.recorded(s, v)
}

// under is the verb that counts: what a token asks for counts as a token's.
func (s *session) under(v verb) verb {
	if s.bearer != "" {
		return vToken
	}
	return v
}

// has is how many cameras the session can never lose.
func (s *session) has() int {
	switch {
	case !s.person():
		return len(s.cameras)
	case s.account < owners:
		return perOwner
	}
	return 0
}

// full demands something of a list, if the session has anything.
func (s *session) full(e expect, least int, empty string) expect {
	if s.has() > 0 {
		e.least, e.filled = least, empty
	}
	return e
}

// cameras lists them: of each that the session has, id and name at least.
func (c *client) cameras(s *session) error {
	const marks = 2
	e := s.full(expect{verb: s.under(vCameras), need: seeIt, legal: true}, marks*s.has(), `"cameras":[]`)
	_, err := c.ask(s, e, request{method: "GET", path: c.path(s, "cameras")})
	return err
}

func (c *client) one(s *session) error {
	cam, spelled := c.target(s, seeIt)
	e := c.about(s, vCamera, cam, seeIt)
	_, err := c.ask(s, e, request{method: "GET", path: c.path(s, "cameras/", spelled)})
	return err
}

// about is what an answer about a camera, or one that is not there, must be.
func (c *client) about(s *session, v verb, cam *camera, need right) expect {
	e := expect{verb: s.under(v), camera: cam, need: need}
	if cam == nil {
		e.barred = true
		return e
	}
	e.legal, e.barred = s.may(c.r, cam, need, time.Now())
	return e
}

const (
	eventPage = 8
	noEvents  = `"events":[]`
)

// events walks through the pages from the newest to the oldest.
func (c *client) events(s *session) error {
	path := "events?limit=" + strconv.Itoa(eventPage)
	e := expect{verb: s.under(vEvents), need: history, legal: true, events: true}
	if c.cursor != "" && c.rand.IntN(4) != 0 {
		path += "&before=" + c.cursor // what was to come may be gone with a grant
	} else {
		e = s.full(e, 1, noEvents)
	}
	a, err := c.ask(s, e, request{method: "GET", path: c.path(s, path)})
	if err != nil || a.status != 200 {
		c.cursor = ""
		return err
	}
	c.cursor = field(a.body, "next")
	return nil
}

// field is the first text of that name in JSON.
func field(b []byte, name string) string {
	_, rest, ok := bytes.Cut(b, []byte(`"`+name+`":"`))
	if !ok {
		return ""
	}
	value, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(value)
}

// search asks for the events of one camera, or for a word of their sealed text,
// over all cameras there are. What holds no such word, the checker cannot know; of
// one camera there must be some.
func (c *client) search(s *session) error {
	path := "events?limit=" + strconv.Itoa(eventPage)
	e := expect{verb: s.under(vSearch), need: history, legal: true, events: true}
	switch c.rand.IntN(4) {
	case 0:
		path += "&class=" + classes[c.rand.IntN(len(classes))]
	case 1:
		path += "&kind=motion&text=" + classes[c.rand.IntN(len(classes))]
	default:
		cam, spelled := c.target(s, history)
		e = c.about(s, vSearch, cam, history)
		e.events, e.legal = true, e.legal && !c.partly(s, cam)
		path += "&camera=" + spelled
	}
	_, err := c.ask(s, e, request{method: "GET", path: c.path(s, path)})
	return err
}

// partly reports whether the session may see recordings from some moment on
// only: which clips that are, the hub knows better.
func (c *client) partly(s *session, cam *camera) bool {
	return s.person() && c.r.truth.first(s.account, cam, time.Now()) > 0
}

func (c *client) journal(s *session) error {
	e := s.full(expect{verb: s.under(vJournal), need: seeIt, legal: true, echo: true}, 0, `"entries":[]`)
	_, err := c.ask(s, e,
		request{method: "GET", path: c.path(s, "journal?limit=20")})
	return err
}

// heat asks where it moves before a camera, which is for who may manage it: of all that
// grants give in the play, none does.
func (c *client) heat(s *session) error {
	cam, spelled := c.target(s, live)
	if own := c.rand.IntN(2) == 0; own && s.account < owners {
		cam = c.r.cameras[s.account*perOwner+c.rand.IntN(perOwner)]
		spelled = cam.at().String()
	}
	e := expect{verb: vHeat, camera: cam, need: live, heat: true}
	e.legal = cam != nil && cam.owner == s.account
	e.barred = !e.legal
	_, err := c.ask(s, e, request{method: "GET", path: c.path(s, "cameras/", spelled, "/motion/heat")})
	return err
}

// recorded asks for something of a clip, or of its event.
func (c *client) recorded(s *session, v verb) error {
	if v == vPage {
		return c.page(s)
	}
	cam, _ := c.target(s, history)
	var k clip
	if cam != nil {
		var ok bool
		if k, ok = cam.clips.pick(c.clipOf(s, cam)); !ok {
			return nil
		}
		c.r.asks(s.account, k.id)
	} else {
		k = clip{id: c.never(), event: c.never(), thumbnail: true, fragments: 4, bytes: 4 << 10}
	}
	e := c.about(s, v, cam, history)
	e.legal = e.legal && !c.partly(s, cam)
	q := request{method: "GET"}
	switch v {
	case vClip:
		q.path = c.path(s, "clips/", k.id.String())
	case vEvent:
		e.events = true
		q.path = c.path(s, "events/", k.event.String())
	case vThumbnail:
		e.thumb = true
		e.legal = e.legal && k.thumbnail
		q.path = c.path(s, "clips/", k.id.String(), "/thumbnail")
	case vSmall:
		e.small = true
		e.legal = e.legal && k.thumbnail
		q.path = c.path(s, "clips/", k.id.String(), "/thumbnail/small")
	case vPreview:
		e.film = true
		e.legal = e.legal && k.preview
		q.path = c.path(s, "clips/", k.id.String(), "/preview")
	case vInit:
		e.init = true
		q.path = c.path(s, "clips/", k.id.String(), "/init")
	case vFragment:
		q.path = c.path(s, "clips/", k.id.String(), "/fragments/", strconv.Itoa(c.rand.IntN(max(1, k.fragments))))
	case vRange:
		from := c.rand.Int64N(max(1, k.bytes/2))
		q.span = fmt.Sprintf("bytes=%d-%d", from, from+rangeBytes)
		q.path = c.path(s, "clips/", k.id.String(), "/clip.mp4")
	case vDownload:
		return c.download(s, e, k.id, "clips/", "/download")
	case vEvidence:
		e.legal, e.echo, e.bundle = false, true, true // while the event goes on there is none
		return c.download(s, e, k.event, "events/", "/evidence")
	}
	_, err := c.ask(s, e, q)
	return err
}

// clipOf chooses a clip by number; behind a proxy all clients of a session
// mostly ask for the same few, as they do for the newest ones in life.
func (c *client) clipOf(s *session, cam *camera) uint64 {
	if c.r.door.Load().proxied {
		return c.rand.Uint64N(3)
	}
	return c.rand.Uint64()
}

// rangeBytes is enough for a whole fragment of the largest pictures.
const rangeBytes = 40 << 10

// download makes an address and fetches it.
func (c *client) download(s *session, e expect, of id, before, behind string) error {
	if s.bearer != "" {
		return nil // downloads are for browsers
	}
	// The address itself shows nothing of a camera.
	address := expect{verb: e.verb, need: history, barred: e.barred, legal: e.legal}
	a, err := c.ask(s, address, request{method: "POST", path: c.path(s, before, of.String(), behind)})
	if err != nil || a.status != 200 {
		return err
	}
	url := field(a.body, "url")
	_, err = c.ask(s, e, request{method: "GET", path: url})
	return err
}

// pageClips is how many pictures a page has.
const pageClips = 6

// page asks for many thumbnails at once: own ones, others' and one that never
// was.
func (c *client) page(s *session) error {
	body := append(c.scratch[:0], `{"clips":[`...)
	e := expect{verb: s.under(vPage), need: history, legal: true}
	for range pageClips {
		w := wish{clip: c.never()}
		if cam, _ := c.target(s, history); cam != nil {
			k, ok := cam.clips.pick(c.clipOf(s, cam))
			if !ok || !k.thumbnail {
				continue
			}
			c.r.asks(s.account, k.id)
			w = wish{k.id, cam}
		}
		if len(e.page) > 0 {
			body = append(body, ',')
		}
		body = append(append(append(body, '"'), w.clip.String()...), '"')
		e.page = append(e.page, w)
	}
	if len(e.page) == 0 {
		return nil
	}
	end := `]}`
	if e.small = c.rand.IntN(2) == 0; e.small {
		end = `],"small":true}`
	}
	sent := append(append([]byte(nil), body...), end...)
	_, err := c.ask(s, e, request{method: "POST", path: c.path(s, "thumbnails"), body: sent})
	return err
}
