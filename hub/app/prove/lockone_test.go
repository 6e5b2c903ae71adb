package prove

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"
)

// lockOne is one pair of rows on which lock 1 alone stands. Whoever exchanges
// them has changed who may see that a camera is there, and its name: the hub
// cannot know better. What the camera sees and says stays behind lock 2.
type lockOne struct {
	what string
	pair string // camera, account, camera, account: two rows that have nothing to do with each other
	swap string // ?1 to ?4 as in pair; with ?2 and ?4 exchanged it undoes itself
}

var lockOnes = []lockOne{
	{"camera.owner", `SELECT a.id, a.owner, b.id, b.owner FROM camera a JOIN camera b
		WHERE a.owner <> b.owner AND a.removed_ms IS NULL AND b.removed_ms IS NULL AND a.retired_ms IS NULL AND b.retired_ms IS NULL
		AND NOT EXISTS (SELECT 1 FROM grants g WHERE (g.camera, g.account) IN (VALUES (a.id, b.owner), (b.id, a.owner))) ORDER BY random() LIMIT 1`,
		`UPDATE camera SET owner = CASE id WHEN ?1 THEN ?4 ELSE ?2 END WHERE id IN (?1, ?3)`},
	{"grants.account", otherGrants, `UPDATE grants SET account = CASE camera WHEN ?1 THEN ?4 ELSE ?2 END WHERE (camera, account) IN (VALUES (?1, ?2), (?3, ?4))`},
	{"grants.camera", otherGrants, `UPDATE grants SET camera = CASE camera WHEN ?1 THEN ?3 ELSE ?1 END WHERE (camera, account) IN (VALUES (?1, ?2), (?3, ?4))`},
}

const otherGrants = `SELECT a.camera, a.account, b.camera, b.account FROM grants a JOIN camera ca ON ca.id = a.camera JOIN grants b JOIN camera cb ON cb.id = b.camera
	WHERE a.camera <> b.camera AND a.account <> b.account AND ca.owner <> cb.owner AND ca.owner <> b.account AND cb.owner <> a.account
	AND NOT EXISTS (SELECT 1 FROM grants g WHERE (g.camera, g.account) IN (VALUES (a.camera, b.account), (b.camera, a.account))) ORDER BY random() LIMIT 1`

// byHand is how rows are exchanged on a live hub.
type byHand struct {
	rounds int
	hold   time.Duration // of each exchange
	films  bool          // afterwards, every camera that was exchanged must record again
}

// lockOneSwapped exchanges what lock 1 stands on, asks for everything as the
// one who was let in, and puts it back. Then the hub must be as before.
func (r *rig) lockOneSwapped(ctx context.Context, t *testing.T, h byHand) (note string) {
	t.Helper()
	r.restarting.Store(true)
	defer r.restarting.Store(false)
	r.curious.Store(true)
	defer r.curious.Store(false)
	db := r.database(t)
	done, letIn := map[string]int{}, 0
	touched := map[*camera]bool{}
	for range h.rounds {
		for _, x := range lockOnes {
			cams, seen := r.swapLockOne(ctx, t, db, x, h.hold)
			if len(cams) > 0 {
				done[x.what]++
			}
			for _, c := range cams {
				touched[c] = true
			}
			letIn += seen
		}
	}
	for _, x := range lockOnes {
		if done[x.what] == 0 {
			r.blame(t, "%s: there was no pair to exchange", x.what)
		}
	}
	if letIn == 0 {
		r.blame(t, "lock 1 let nobody in: this exchange proves nothing")
	}
	r.healthy(ctx, t, touched, h.films)
	return fmt.Sprintf("exchanged and put back: %v; lock 1 showed %d cameras to those who were let in; well again", done, letIn)
}

// database opens the hub's database under its hands.
func (r *rig) database(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+r.data+"/lares.db?_txlock=immediate&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// swapLockOne makes one exchange and undoes it; seen is how many cameras the
// hub showed to an account that had nothing to do with them.
func (r *rig) swapLockOne(ctx context.Context, t *testing.T, db *sql.DB, x lockOne, hold time.Duration) (cams []*camera, seen int) {
	t.Helper()
	var c1, a1, c2, a2 []byte
	err := db.QueryRowContext(ctx, x.pair).Scan(&c1, &a1, &c2, &a2)
	if err == sql.ErrNoRows {
		return nil, 0
	}
	turn := func(ctx context.Context, a1, a2 []byte) {
		if err == nil {
			var res sql.Result
			if res, err = db.ExecContext(ctx, x.swap, c1, a1, c2, a2); err == nil {
				if n, _ := res.RowsAffected(); n != 2 {
					err = fmt.Errorf("%d rows changed, want 2", n)
				}
			}
		}
		if err != nil {
			t.Fatalf("exchanging %s: %v", x.what, err)
		}
	}
	turn(ctx, a1, a2)
	one, two := r.byID(id(c1).String()), r.byID(id(c2).String())
	for _, p := range []struct {
		who []byte
		cam *camera
	}{{a2, one}, {a1, two}} {
		if n := r.accountOf(id(p.who)); n >= 0 && p.cam != nil && r.pry(t, n, p.cam) {
			seen++
		}
	}
	rest(ctx, hold)
	turn(context.WithoutCancel(ctx), a2, a1)
	return slices.DeleteFunc([]*camera{one, two}, func(c *camera) bool { return c == nil }), seen
}

// accountOf is an account's place by the hub's id; -1 if there is none.
func (r *rig) accountOf(i id) int {
	return slices.IndexFunc(r.accounts, func(a *account) bool { return a.id == i.String() })
}

// pry asks, as an account, for everything of a camera that it has nothing to do
// with, and reports whether the hub shows that the camera is there.
func (r *rig) pry(t *testing.T, account int, cam *camera) (seen bool) {
	t.Helper()
	a := r.owner(account)
	defer a.c.shut()
	ask := func(v verb, e expect, method, path, span, body string) int {
		e.verb, e.camera = v, cam
		q := request{method: method, path: "/s/" + a.s.scope + "/api/" + path, cookie: a.s.cookie, span: span, body: []byte(body)}
		answer, err := a.c.ask(r.direct, a.s, q)
		if err != nil {
			return 0
		}
		r.inspect(&r.clients[0].tally, a.s, e, answer)
		return answer.status
	}
	seen = ask(vCamera, expect{need: seeIt}, "GET", "cameras/"+cam.at().String(), "", "") == 200
	ask(vCameras, expect{need: seeIt}, "GET", "cameras", "", "")
	ask(vSearch, expect{need: history}, "GET", "events?limit=8&camera="+cam.at().String(), "", "")
	ask(vSearch, expect{need: history}, "GET", "events?limit=8&text="+cam.class, "", "")
	for range 3 {
		k, ok := cam.clips.pick(rand.Uint64())
		if !ok {
			break
		}
		clip := "clips/" + k.id.String()
		ask(vClip, expect{need: history}, "GET", clip, "", "")
		ask(vThumbnail, expect{need: history, thumb: true}, "GET", clip+"/thumbnail", "", "")
		ask(vSmall, expect{need: history, small: true}, "GET", clip+"/thumbnail/small", "", "")
		ask(vPreview, expect{need: history, film: true}, "GET", clip+"/preview", "", "")
		ask(vInit, expect{need: history, init: true}, "GET", clip+"/init", "", "")
		ask(vFragment, expect{need: history}, "GET", clip+"/fragments/"+strconv.Itoa(rand.IntN(max(1, k.fragments))), "", "")
		ask(vRange, expect{need: history}, "GET", clip+"/clip.mp4", "bytes=0-"+strconv.Itoa(rangeBytes), "")
		ask(vPage, expect{need: history, page: []wish{{k.id, cam}}}, "POST", "thumbnails", "", `{"clips":["`+k.id.String()+`"]}`)
	}
	r.pryLive(account, cam)
	return seen
}

// pryLive watches a camera for a moment, as an account.
func (r *rig) pryLive(account int, cam *camera) {
	k := r.newSocket(account, r.accounts[account].seats[0])
	s := k.seat.session.Load()
	defer k.conn.shut()
	if k.upgrade(s) != nil {
		return
	}
	k.watches = map[uint32]*tile{1: {camera: cam}}
	if k.write(opText, fmt.Appendf(nil, `{"op":"watch","watch":1,"camera":"%s","stream":"main"}`, cam.at())) != nil {
		return
	}
	const looks = time.Second // a picture comes every half
	k.conn.net.SetDeadline(time.Now().Add(looks))
	for {
		op, b, err := k.read()
		if err != nil || op == opClose {
			break
		}
		e := expect{verb: vLive, camera: cam, need: live}
		const head, kindInit = 6, 1
		if op == opBinary && len(b) >= head {
			e.init, b = b[5] == kindInit, b[head:]
		}
		r.inspect(&r.clients[0].tally, s, e, answer{status: 200, body: b, json: op == opText})
	}
}

// healthy waits until the hub is as it was before something was exchanged and
// put back: cameras are live, owners open their recordings, and new ones come.
func (r *rig) healthy(ctx context.Context, t *testing.T, cams map[*camera]bool, films bool) {
	t.Helper()
	const limit = time.Minute
	began := time.Now()
	for !r.allLive() {
		if time.Since(began) > limit {
			r.blame(t, "not all cameras are live again:\n%s", r.report(t))
			return
		}
		rest(ctx, 200*time.Millisecond)
	}
	before := map[*camera]int{}
	for c := range cams {
		before[c] = c.clips.len()
		if why := r.closed(c); why != nil {
			r.blame(t, "camera %s: its owner does not open its recordings any more: %v", c.label(), why)
		}
	}
	if !films {
		return
	}
	for began = time.Now(); ; {
		r.learn(t)
		for c, n := range before {
			if c.clips.len() > n {
				delete(before, c)
			}
		}
		if len(before) == 0 {
			return
		}
		if time.Since(began) > 2*limit || !rest(ctx, time.Second) { // something moves before each camera every half minute
			r.blame(t, "%d cameras do not record any more:\n%s", len(before), r.hub.says.tail())
			return
		}
	}
}

// closed is why a camera's owner does not see a recorded picture of it; nil if they do.
func (r *rig) closed(c *camera) error {
	a := r.owner(c.owner)
	defer a.c.shut()
	k, ok := c.clips.pick(0)
	if !ok {
		return errors.New("it has no clips")
	}
	const patience = time.Minute
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		last, err := a.c.ask(r.direct, a.s, request{method: "GET", path: "/s/" + a.s.scope + "/api/clips/" + k.id.String() + "/thumbnail", cookie: a.s.cookie})
		switch later := err != nil || last.status == 503; {
		case later && time.Now().Before(end):
		case err != nil:
			return err
		case last.status != 200:
			return fmt.Errorf("status %d: %.200s", last.status, last.body)
		default:
			return c.shows(last.body)
		}
	}
}
