package app_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"lares/cameras/fakecam"
)

const (
	// rareLimit is one retry of a wrong password or an incompatible camera,
	// which comes once a minute, and the time to begin (DESIGN §3).
	rareLimit = 65 * time.Second
	// frozenLimit is the watchdog of 8 s, and the time to say so.
	frozenLimit = 10 * time.Second
	noticeLimit = 15 * time.Second
	// stillLimit is the half minute that one picture may be shown, and the time to
	// get there and to say so.
	stillLimit = 40 * time.Second
	// faultHolds is how long a fault lasts at least: some retries long.
	faultHolds = 3 * time.Second
	// steadyFor is how long a camera records undisturbed between two faults: it
	// spans an IDR picture.
	steadyFor = 3 * time.Second

	cardFPS = 10 // of the default TestCard
)

// faultRow is one switch of a camera and what must come of it.
type faultRow struct {
	fault fakecam.Fault
	// again resets the connections first: the fault is in the answers.
	again bool
	// state is what the hub must notice within; "" if it may stay live.
	state  string
	within time.Duration
	// back is how long it may take to record again.
	back time.Duration
	// timed says that clips are as long as it took to record them (HAZARDS
	// §6.1), whatever the fault does to the camera's clock.
	timed bool
}

// lossyFaults spoil or delay packets on a connection that goes on.
func lossyFaults() []faultRow {
	return []faultRow{
		{fault: fakecam.Loss20, state: "degraded", within: noticeLimit, back: backLimit},
		{fault: fakecam.Loss5, back: backLimit},
		{fault: fakecam.Loss1, back: backLimit},
		{fault: fakecam.Reorder, back: backLimit},
		{fault: fakecam.EmptyPayload, back: backLimit},
		{fault: fakecam.Garbage, back: backLimit},
		{fault: fakecam.Junk, back: backLimit},
	}
}

// lyingFaults tell wrong times or change the picture.
func lyingFaults() []faultRow {
	return []faultRow{
		{fault: fakecam.Drift, back: backLimit, timed: true},
		{fault: fakecam.JumpForward, back: backLimit, timed: true},
		{fault: fakecam.JumpBack, back: backLimit, timed: true},
		{fault: fakecam.Wrap, back: backLimit, timed: true},
		{fault: fakecam.Resolution, back: backLimit, timed: true},
	}
}

// lostFaults are those after which a connection has to be made anew.
func lostFaults() []faultRow {
	return []faultRow{
		{fault: fakecam.Drop, state: "unreachable", within: noticeLimit, back: backLimit},
		{fault: fakecam.Slow, back: backLimit},
		{fault: fakecam.Redirect, again: true, state: "unreachable", within: noticeLimit, back: backLimit},
		{fault: fakecam.NegativeLength, again: true, state: "unreachable", within: noticeLimit, back: backLimit},
		{fault: fakecam.HugeLength, again: true, state: "unreachable", within: noticeLimit, back: backLimit},
		{fault: fakecam.EndlessFragment, back: backLimit},
		{fault: fakecam.EndlessJunk, back: backLimit},
	}
}

// silentFaults are noticed by the watchdog alone, or because every picture is one.
func silentFaults() []faultRow {
	return []faultRow{
		{fault: fakecam.Freeze, state: "frozen", within: frozenLimit, back: backLimit},
		{fault: fakecam.HalfOpen, state: "unreachable", within: noticeLimit, back: backLimit},
		{fault: fakecam.Repeat, state: "frozen", within: stillLimit, back: backLimit},
	}
}

// rareFaults wait for a person: the hub asks once a minute.
func rareFaults() []faultRow {
	return []faultRow{
		{fault: fakecam.WrongPassword, state: "wrong password", within: noticeLimit, back: rareLimit},
		{fault: fakecam.BadSDP, again: true, state: "incompatible", within: noticeLimit, back: rareLimit},
		{fault: fakecam.Downgrade, state: "wrong password", within: noticeLimit, back: rareLimit},
	}
}

// TestEverySwitch: no fault of the fake camera is left out of the tables.
func TestEverySwitch(t *testing.T) {
	turned := []string{fakecam.None.String()}
	for _, row := range slices.Concat(lossyFaults(), lyingFaults(), lostFaults(), silentFaults(), rareFaults()) {
		turned = append(turned, row.fault.String())
	}
	for _, name := range fakecam.Faults() {
		if !slices.Contains(turned, name) {
			t.Errorf("%s is in no table", name)
		}
	}
}

// TestFaults turns the quick switches once; `make soak` turns all of them three
// times.
func TestFaults(t *testing.T) {
	t.Parallel()
	t.Run("lossy", func(t *testing.T) { t.Parallel(); faultTable(t, 1, lossyFaults()) })
	t.Run("lying", func(t *testing.T) { t.Parallel(); faultTable(t, 1, lyingFaults()) })
	t.Run("lost", func(t *testing.T) { t.Parallel(); faultTable(t, 1, lostFaults()) })
	t.Run("silent", func(t *testing.T) { t.Parallel(); faultTable(t, 1, silentFaults()) })
	t.Run("password", func(t *testing.T) { t.Parallel(); faultTable(t, 1, rareFaults()[:1]) })
}

// turn is one switch turned: the pictures at its beginning and end.
type turn struct {
	row           faultRow
	round         int
	began, healed uint64 // Mark.Frame
	noticed       time.Duration
}

// faultTable records four cameras on one hub, turns the switches of one of them
// in rounds, and looks at what was recorded.
func faultTable(t *testing.T, rounds int, rows []faultRow) {
	needFFmpeg(t)
	const faulty, user, secret = "faulty", "lares", "the camera's password"
	cams := []*fakecam.Camera{startCamera(t, fakecam.Options{
		Name: faulty, Username: user, Password: secret,
		RedirectTo: "rtsp://127.0.0.2:554/elsewhere", BadSDP: []string{incompatibleSDP},
	})}
	names := []string{faulty}
	for i := range 3 {
		names = append(names, fmt.Sprint("healthy ", i))
		cams = append(cams, startCamera(t, fakecam.Options{Name: names[1+i]}))
	}
	h := startHub(t, t.TempDir())
	keeper := h.claim("keeper")
	var ids []string
	for i, c := range cams {
		camera := map[string]string{"name": names[i], "main": c.MainURL()}
		if i == 0 {
			camera["username"], camera["password"] = user, secret
		}
		ids = append(ids, keeper.addCamera(camera))
	}
	waitLive(t, keeper, ids)
	idle := keeper.goroutines()
	h = startHub(t, h.data)
	keeper = h.signIn("keeper")
	waitLive(t, keeper, ids)
	end := keeper.holdRecording(ids)
	waitRecording(t, keeper, len(ids))
	before := settled(t, h)

	var turns []turn
	for round := range rounds {
		for _, row := range rows {
			turns = append(turns, turnFault(t, keeper, cams[0], ids[0], row, round))
		}
		if round == 0 && rounds > 1 {
			before = settled(t, h) // all buffers are as large as they get
		}
	}
	level(t, before, settled(t, h))
	end()
	for i, id := range ids[1:] {
		contiguous(t, names[1+i], marksOf(t, names[1+i], keeper.films(id)))
	}
	films := keeper.films(ids[0])
	for i, f := range films {
		file := writeFile(t, fmt.Sprintf("clip%d.mp4", i), f.mp4)
		decodesUneven(t, file)
		length, wall := duration(t, file), f.written.Sub(f.info.Start)
		if rows[0].timed && !asLong(length, wall) {
			t.Errorf("clip %d is %v long, recorded in %v", i, length, wall)
		}
	}
	recordedAgain(t, framesOf(t, faulty, films), turns)
	if now := keeper.goroutines(); now > idle+spareGoroutines {
		t.Errorf("%d goroutines, %d before", now, idle)
	}
}

// incompatibleSDP describes a stream that Lares does not record.
const incompatibleSDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" +
	"m=video 0 RTP/AVP 96\r\na=control:trackID=0\r\na=rtpmap:96 VP8/90000\r\n"

// turnFault makes the camera faulty, waits until the hub has noticed, heals it
// and waits until it is recorded again.
func turnFault(t *testing.T, keeper *person, c *fakecam.Camera, id string, row faultRow, round int) turn {
	t.Helper()
	n := turn{row: row, round: round, began: c.LastMark().Frame}
	began := time.Now()
	if row.again {
		c.SetFault(fakecam.Drop)
	}
	c.SetFault(row.fault)
	if row.state != "" {
		err := waitFor(row.within, func() bool { return keeper.camera(id).Status.State == row.state })
		if n.noticed = time.Since(began); err != nil {
			t.Errorf("%s, round %d: the hub says %+v and not %q after %v", row.fault, round, keeper.camera(id).Status, row.state, row.within)
		}
	}
	// Not in step with the retries, which come each second.
	pause(t, faultHolds+time.Duration(c.LastMark().Frame%10)*100*time.Millisecond-time.Since(began))
	c.SetFault(fakecam.None)
	n.healed = c.LastMark().Frame
	keeper.steady(id, row.back+awayLimit)
	return n
}

// steady waits until a camera is live and recorded, and some seconds more. The
// marks of its pictures tell whether that was in time; this only keeps the
// faults apart.
func (p *person) steady(id string, limit time.Duration) {
	p.t.Helper()
	var recorded int
	live := func() bool {
		state := p.camera(id).Status.State
		recorded = p.hub.recorded(id)
		return state == "live" || state == "degraded"
	}
	// The first fragment more may be the last of a clip that ends late.
	if waitFor(limit, live) != nil || waitFor(limit, func() bool { return p.hub.recorded(id) > recorded+1 }) != nil {
		p.t.Errorf("not recorded again: the hub says %+v", p.camera(id).Status)
	}
	pause(p.t, steadyFor)
}

// recordedAgain asserts that after each fault the pictures are recorded again
// in time, and all of them from then on until the next fault.
func recordedAgain(t *testing.T, frames []uint64, turns []turn) {
	t.Helper()
	for i, n := range turns {
		until := frames[len(frames)-1]
		if i+1 < len(turns) {
			until = turns[i+1].began - cardFPS/2 // what was on its way then
		}
		at := 0
		for at < len(frames) && frames[at] <= n.healed {
			at++
		}
		if at == len(frames) || frames[at] > until {
			t.Errorf("%s, round %d: nothing is recorded after it", n.row.fault, n.round)
			continue
		}
		took := time.Duration(frames[at]-n.healed) * time.Second / cardFPS
		t.Logf("%s, round %d: noticed after %v; recorded again after %v", n.row.fault, n.round, n.noticed.Round(time.Millisecond), took)
		if took > n.row.back {
			t.Errorf("%s, round %d: recorded again after %v, want at most %v", n.row.fault, n.round, took, n.row.back)
		}
		for ; at+1 < len(frames) && frames[at+1] <= until; at++ {
			if frames[at+1] != frames[at]+1 {
				t.Errorf("%s, round %d: picture %d follows %d although the camera is healthy", n.row.fault, n.round, frames[at+1], frames[at])
			}
		}
	}
}
