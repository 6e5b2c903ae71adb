package app

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"lares/cameras/clock"
	"lares/hub/journal"
)

// question is what `lares incident` asks the running hub.
type question struct {
	Since time.Duration `json:"since"` // back from now
	Until time.Duration `json:"until"`
	Tell  bool          `json:"tell"`
	Whole bool          `json:"whole"` // read the journal from its first row
}

// verdict is the hub's answer. Who has the console owns the machine, so it
// names people and cameras.
type verdict struct {
	Since, Until time.Time
	From         int64    // the first row that was compared
	To           int64    // and the last
	Broken       []string // nothing: the journal is as it was written from there on
	Deliveries   int64
	Bytes        int64
	Found        []found
	Refused      map[string]int64
	SinceStart   map[string]uint64 // refused since the hub started
	Denied       int64
	Back         []journal.ClockBack
	Unnamed      int64 // whose row does not say who received them
	Told         bool
}

type found struct {
	Seq         int64
	From, Until time.Time
	Kind        journal.Kind
	Who, Camera string
	Bytes       int64
}

// incident is `lares incident`: did anybody receive anything of a camera
// without a grant for it, when, and what.
func incident(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("lares incident", flag.ContinueOnError)
	flags.SetOutput(stdout)
	data := flags.String("data", "", "data folder of the hub (default: as for lares serve)")
	q, now := question{Since: 24 * time.Hour}, clock.System{}.Now()
	ago := func(d *time.Duration) func(string) error {
		return func(text string) (err error) {
			*d, err = back(text, now)
			return err
		}
	}
	flags.Func("since", "how far to look back, such as 36h, 7d or 2026-03-01 (default 24h)", ago(&q.Since))
	flags.Func("until", "how long ago to stop, said alike (default now)", ago(&q.Until))
	flags.BoolVar(&q.Whole, "whole", false, "compare the journal from its first row, which may take minutes, and not only from where it says what stood before")
	flags.BoolVar(&q.Tell, "tell", false, "tell every account on its page whether it is concerned")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || q.Since <= q.Until || q.Until < 0 {
		return errors.New("say a time such as lares incident --since 24h")
	}
	cfg, err := settings(*data)
	if err != nil {
		return err
	}
	b, err := json.Marshal(q)
	if err != nil {
		return err
	}
	text, err := followControl(ctx, cfg.Control(), "incident "+string(b), func(how string) { fmt.Fprintln(stdout, how) })
	if err != nil {
		return err
	}
	var v verdict
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return fmt.Errorf("app: reading the hub's answer: %w", err)
	}
	v.print(stdout)
	switch {
	case len(v.Broken) > 0:
		return errors.New("the journal is not as it was written, so this answer is not certain")
	case len(v.Found) > 0:
		return fmt.Errorf("%d deliveries without a grant", len(v.Found))
	}
	return nil
}

func (v verdict) print(out io.Writer) {
	const form = "2006-01-02 15:04:05Z"
	fmt.Fprintf(out, "From %s to %s: %d deliveries, %d bytes, %d vain tries.\n", v.Since.Format(form), v.Until.Format(form), v.Deliveries, v.Bytes, v.Denied)
	for _, line := range v.Broken {
		fmt.Fprintln(out, "Journal:", line)
	}
	if len(v.Broken) == 0 {
		fmt.Fprintf(out, "The journal is as it was written from row %d to %d.\n", v.From, v.To)
	}
	switch {
	case len(v.Found) > 0:
	case len(v.Broken) > 0:
		fmt.Fprintln(out, "As far as the rows that are left show, nobody received anything of a camera without a grant for it.")
	default:
		fmt.Fprintln(out, "Nobody received anything of a camera without a grant for it.")
	}
	for _, f := range v.Found {
		fmt.Fprintf(out, "WITHOUT A GRANT: %s received %s of %s, %d bytes, from %s to %s (row %d)\n",
			f.Who, f.Kind, f.Camera, f.Bytes, f.From.Format(form), f.Until.Format(form), f.Seq)
	}
	for _, b := range v.Back {
		fmt.Fprintf(out, "The hub's clock was set back from %s to %s (row %d): what the rows after it say is judged by their order.\n",
			b.From.UTC().Format(form), b.To.UTC().Format(form), b.Seq)
	}
	if v.Unnamed > 0 {
		fmt.Fprintf(out, "%d pictures or texts are in rows of an older hub that do not say who received them.\n", v.Unnamed)
	}
	for _, site := range slices.Sorted(maps.Keys(v.Refused)) {
		fmt.Fprintf(out, "Refused crossed wires at %q: %d\n", site, v.Refused[site])
	}
	for _, site := range slices.Sorted(maps.Keys(v.SinceStart)) {
		fmt.Fprintf(out, "Since the hub started, at %q: %d\n", site, v.SinceStart[site])
	}
	if v.Told {
		fmt.Fprintln(out, "Every account is told on its page.")
	}
}

// saidEvery is after how many rows the check says how far it is.
const saidEvery = 50_000

// incident answers `lares incident` in the running hub.
func (h *house) incident(ctx context.Context, args string, say func(string)) (string, error) {
	var q question
	if err := json.Unmarshal([]byte(args), &q); err != nil {
		return "", errors.New("the question is not understood: is this command of the same version as the hub?")
	}
	now := h.clock.Now()
	next := int64(0)
	c, err := h.journal.Check(ctx, journal.CheckQuery{Since: now.Add(-q.Since), Until: now.Add(-q.Until), Whole: q.Whole, Progress: func(seq, of int64) {
		if next == 0 {
			next = seq + saidEvery
		}
		if seq >= next {
			next += saidEvery
			say(fmt.Sprintf("Read up to row %d of %d.", seq, of))
		}
	}})
	if err != nil {
		return "", err
	}
	v := verdict{
		Since: c.Since.UTC(), Until: c.Until.UTC(), From: c.Report.From + 1, To: c.Report.To, Broken: c.Report.Lines(), Deliveries: c.Deliveries, Bytes: c.Bytes,
		Refused: c.Refused, SinceStart: h.vault.Refusals().Snapshot(), Denied: c.Denied, Back: c.Back, Unnamed: c.Unnamed,
	}
	if v.Found, err = h.name(ctx, c.WithoutGrant); err != nil {
		return "", err
	}
	if q.Tell {
		if err := h.journal.Publish(ctx, c, journal.Entry{Via: journal.ViaConsole}); err != nil {
			return "", err
		}
		v.Told = true
	}
	b, err := json.Marshal(v)
	return string(b), err
}

// name puts names of people and cameras to ids; ids alone stay where a name is
// gone.
func (h *house) name(ctx context.Context, list []journal.Finding) ([]found, error) {
	people, err := h.journal.Names(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := h.store.Cameras(ctx)
	if err != nil {
		return nil, err
	}
	cameras := map[string]string{}
	for _, c := range rows {
		cameras[c.ID.String()] = c.Name
	}
	out := make([]found, 0, len(list))
	for _, f := range list {
		who := fmt.Sprintf("%q (%s)", people[f.Account], f.Account)
		if f.Account.IsZero() {
			who = "a guest"
		}
		out = append(out, found{
			Seq: f.Seq, From: f.From.UTC(), Until: f.Until.UTC(), Kind: f.Kind, Who: who,
			Camera: fmt.Sprintf("%q (%s)", cameras[f.Camera.String()], f.Camera), Bytes: f.Bytes,
		})
	}
	return out, nil
}
