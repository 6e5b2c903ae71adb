package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"lares/cameras/clock"
	"lares/hub/store"
	"lares/hub/vault"
	"lares/recorder"
)

// verifyClips is `lares verify clips`.
func verifyClips(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("lares verify clips", flag.ContinueOnError)
	flags.SetOutput(stdout)
	settings := hubFlags(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("lares verify clips takes no %q: it reads every recording", flags.Arg(0))
	}
	cfg, err := settings()
	if err != nil {
		return err
	}
	hubs, err := vault.ReadSigners(cfg.Data)
	if err != nil {
		return err
	}
	rows, err := store.OpenRead(ctx, cfg.Database())
	if err != nil {
		return err
	}
	known, err1 := rows.Pools(ctx)
	of, err2 := listedPools(ctx, rows.View, cfg)
	err = errors.Join(err1, err2)
	c := clipCheck{out: stdout, known: known, folders: map[string]string{}, ended: map[recorder.ClipState]int{}}
	if err == nil {
		for _, p := range of {
			c.folders[p.Name] = p.Dir
		}
		c.elsewhere, err = recorder.Verify(ctx, recorder.Files{Pools: of, Hubs: hubs, Rows: rows, Now: clock.System{}.Now()}, c.take)
	}
	if err := errors.Join(err, rows.Close()); err != nil {
		return err
	}
	return c.sum()
}

const clipTime = "2006-01-02 15:04:05"

// clipCheck tells a person what was found.
type clipCheck struct {
	out     io.Writer
	folders map[string]string          // of the media pools, by name
	ended   map[recorder.ClipState]int // files as they were written, by how they ended
	damaged int
	strange int // files of nobody's that nothing lists
	loose   int // clips that nothing lists
	known   []store.Pool
	// elsewhere is how many are listed in media pools that were not named, by their numbers.
	elsewhere map[int]int
}

func (c *clipCheck) take(v recorder.Verified) error {
	name := filepath.Join(c.folders[v.Pool], v.Path)
	if v.Fault == "" {
		c.ended[v.State]++
		if !v.Listed {
			c.loose++
		}
		if v.State == recorder.StateOpen {
			fmt.Fprintf(c.out, "%s: camera %s of %s: has no end yet. It is being written, or a crash left it.\n", name, v.Camera, v.Start.Local().Format(clipTime))
		}
		return nil
	}
	if v.Fault == recorder.FaultForeign && !v.Listed {
		c.strange++
		fmt.Fprintf(c.out, "%s: no clip of this hub's. It never plays; it is in the way of nothing.\n", name)
		return nil
	}
	if v.Path == "" {
		name = "clip " + v.Clip.String()
	}
	c.damaged++
	at := ""
	if !v.Start.IsZero() {
		at = " of " + v.Start.Local().Format(clipTime)
	}
	_, err := fmt.Fprintf(c.out, "%s: camera %s%s: %s\n", name, v.Camera, at, clipWords(v))
	return err
}

// clipWords says what is wrong with a clip, and what to do.
func clipWords(v recorder.Verified) string {
	plays := fmt.Sprintf("The first %s play as they were written, no more. ", v.Media.Round(time.Second/10))
	if v.Media == 0 {
		plays = "Nothing of it plays. "
	}
	copied := "Put the file back from a copy of the folder; without one, and if no other clip of its event plays, delete that on the page."
	switch {
	case v.Eventless:
		copied = "Put the file back from a copy of the folder; without one there is nothing to do: it is of no event. It goes when it is due, as the camera's other recordings do."
	case v.Listed && v.Media > 0:
		copied = "Put the file back from a copy of the folder; without one there is nothing to do: what plays of it stays until it is due."
	case !v.Listed && v.Media > 0:
		copied = "It is not listed, so nothing shows it; lares repair lists what plays of it."
	case !v.Listed:
		copied = "It is not listed, so nothing shows it: there is nothing to do."
	}
	switch v.Fault {
	case recorder.FaultTorn:
		return "cut short, or its end was changed. " + plays + copied
	case recorder.FaultChanged:
		return fmt.Sprintf("changed behind byte %d. What was changed does not play. ", v.Whole) +
			"If nobody edited it, the disk forgets what it was given: look at it with smartctl. " + copied
	case recorder.FaultForeign:
		return "what lies here is nothing that this hub signed. Nothing of it plays. " + copied
	case recorder.FaultMisplaced:
		return "another clip's file lies here under this name. Nothing of it plays. Move it back, or: " + copied
	case recorder.FaultUnreadable:
		return fmt.Sprintf("the disk does not give it back (%v). Copy the other recordings away first, then look at the disk with smartctl. ", v.Err) + copied
	default:
		return "listed, and its file is not there. If the disk with the recordings is not mounted, mount it. " + copied
	}
}

// sum says how it is altogether; an error if anything is damaged, or was not looked at.
func (c *clipCheck) sum() error {
	whole := c.ended[recorder.StateComplete] + c.ended[recorder.StateRecovered] + c.ended[recorder.StateCut]
	fmt.Fprintf(c.out, "%d clips are as they were written: %d complete, %d ended after a crash, %d ended by a full disk.\n",
		whole, c.ended[recorder.StateComplete], c.ended[recorder.StateRecovered], c.ended[recorder.StateCut])
	if n := c.ended[recorder.StateOpen]; n > 0 {
		fmt.Fprintf(c.out, "%d are being written; if the hub is stopped, its next start ends them.\n", n)
	}
	if n := c.ended[recorder.StateRemoving]; n > 0 {
		fmt.Fprintf(c.out, "%d are about to be removed: deleted by somebody, or the oldest where space is short.\n", n)
	}
	if c.loose > 0 {
		fmt.Fprintf(c.out, "%d of them are not listed: the database is older than they are, or has just not got to them, or the hub was cut off before it did; lares repair lists them.\n", c.loose)
	}
	if c.strange > 0 {
		fmt.Fprintf(c.out, "%d files are not this hub's.\n", c.strange)
	}
	unseen := 0
	for _, number := range slices.Sorted(maps.Keys(c.elsewhere)) {
		n := c.elsewhere[number]
		unseen += n
		i := slices.IndexFunc(c.known, func(p store.Pool) bool { return p.Number == number })
		if i < 0 { // of another database, or somebody edited it
			fmt.Fprintf(c.out, "%d are listed in a media pool that the hub does not know, number %d, and were not looked at.\n", n, number)
			continue
		}
		fmt.Fprintf(c.out, "%d are listed in the media pool %s, and were not looked at: name it too, with --pool %s=FOLDER as for lares serve.\n", n, c.known[i].Name, c.known[i].Name)
	}
	switch {
	case c.damaged > 0 && unseen > 0:
		return fmt.Errorf("%d clips are damaged, and %d that are listed were not looked at", c.damaged, unseen)
	case c.damaged > 0:
		return fmt.Errorf("%d clips are damaged", c.damaged)
	case unseen > 0:
		return fmt.Errorf("%d clips that are listed were not looked at", unseen)
	}
	return nil
}
