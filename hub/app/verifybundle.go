package app

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"lares/cameras/args"
	"lares/recorder/evidence"
)

// verifyBundle is `lares verify bundle`. It needs no hub: what the bundle was signed with is
// for whoever runs it to compare.
func verifyBundle(words []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("lares verify bundle", flag.ContinueOnError)
	flags.SetOutput(stdout)
	key := flags.String("key", "", "the key of the hub's recordings, as its page shows it under About this hub: say whether the bundle is signed with it")
	files, err := args.Parse(flags, words)
	if err != nil {
		return err
	}
	if len(files) != 1 {
		return errors.New("say which file: lares verify bundle FILE.zip")
	}
	file, err := os.Open(files[0])
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no file %s", files[0])
	}
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	report, err := evidence.Check(file, info.Size())
	var list *evidence.ManifestError
	switch {
	case errors.As(err, &list) && list.To == 0:
		return errors.New("somebody packed the bundle anew, and the list of what is in it, or its signature, was changed: nothing can be said of the rest")
	case errors.As(err, &list):
		return fmt.Errorf("the list of what is in the bundle, or its signature, was changed (bytes %d to %d): nothing can be said of the rest", list.From, list.To-1)
	case errors.Is(err, evidence.ErrNone):
		return errors.New("this is no evidence bundle of a Lares hub, or its end is missing")
	case errors.Is(err, evidence.ErrPacked):
		return errors.New("somebody packed the bundle anew, encrypted or by a method that this program does not know: unpack it, and pack it as a plain ZIP")
	case err != nil:
		return err
	}
	return tellBundle(stdout, report, *key)
}

// tellBundle tells a person what was found; an error if anything is not as it was written.
func tellBundle(out io.Writer, r evidence.Report, key string) error {
	m := r.Manifest
	fmt.Fprintf(out, "Recordings of %s, made %s UTC by %s on hub %s.\n", m.Camera, m.Made.Format(clipTime), m.By, m.Hub)
	if r.Repacked {
		fmt.Fprintln(out, "Somebody unpacked the bundle and packed it anew: the archive is not the hub's, so each file in it was compared with the list that the hub signed.")
	}
	for _, o := range r.Originals {
		if slices.Contains(r.Missing, o.Clip.Original) {
			continue
		}
		what := "signed when it was recorded, and whole"
		if !o.Signed {
			what = "NOT as the hub wrote it when it recorded"
		}
		fmt.Fprintf(out, "%s, recorded %s UTC: %s.\n", o.Clip.Original, o.Clip.Start.UTC().Format(clipTime), what)
	}
	for _, c := range r.Changed {
		if r.Repacked {
			fmt.Fprintln(out, changedIn(c))
			continue
		}
		fmt.Fprintln(out, changedWords(c))
	}
	for _, name := range r.Missing {
		fmt.Fprintf(out, "Missing: %s.\n", name)
	}
	for i, name := range r.Extra {
		if i == mostExtra {
			fmt.Fprintf(out, "And %d more that the hub did not put in.\n", len(r.Extra)-i)
			break
		}
		fmt.Fprintf(out, "Not put in by the hub: %q.\n", name)
	}
	switch {
	case r.Longer > 0:
		fmt.Fprintf(out, "The file is %d bytes longer than the hub made it.\n", r.Longer)
	case r.Longer < 0:
		fmt.Fprintf(out, "The file is %d bytes shorter than the hub made it.\n", -r.Longer)
	}
	fmt.Fprintf(out, "Signed with the key %s.\n", m.Key.Pairs())
	given, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(key))
	switch {
	case err != nil:
		return errors.New("--key is 64 hexadecimal digits, as the hub's page shows them")
	case len(given) == 0:
		fmt.Fprintln(out, "Compare it with the key on the hub's page, under About this hub: anybody can sign a bundle with a key of their own.")
	case !bytes.Equal(given, m.Key):
		return errors.New("the bundle is signed with another key than that")
	}
	if !r.OK() {
		return errors.New("the bundle is not as the hub made it")
	}
	if r.Repacked {
		fmt.Fprintf(out, "Every file in it is as the hub made it: %d clips, %d files.\n", len(m.Clips), len(m.Files))
		return nil
	}
	fmt.Fprintf(out, "Every byte is as the hub made it: %d clips, %d files.\n", len(m.Clips), len(m.Files))
	return nil
}

// mostExtra is how many files that the hub did not put in are named.
const mostExtra = 20

// changedIn says which bytes of a file are not as they were, where the archive is another one.
func changedIn(c evidence.Range) string {
	switch {
	case c.Extra:
		return fmt.Sprintf("%s is longer than the hub made it: bytes %d to %d of it are more.", c.Part, c.From, c.To-1)
	case c.Missing:
		return fmt.Sprintf("%s is shorter than the hub made it: bytes %d to %d of it are missing.", c.Part, c.From, c.To-1)
	}
	return fmt.Sprintf("Changed within bytes %d to %d of %s.", c.From, c.To-1, c.Part)
}

// changedWords says which bytes are not as they were written.
func changedWords(c evidence.Range) string {
	where := "the archive around the files"
	if c.Part != "" && c.Offset < 0 {
		where = "the archive around " + c.Part
	} else if c.Part != "" {
		where = fmt.Sprintf("%s, from its byte %d on", c.Part, c.Offset)
	}
	switch {
	case c.Extra && c.Part != "":
		return fmt.Sprintf("Bytes %d to %d were put in: %s.", c.From, c.To-1, where)
	case c.Extra:
		return fmt.Sprintf("Bytes %d to %d are behind the end of the bundle.", c.From, c.To-1)
	case c.Missing:
		return fmt.Sprintf("Bytes %d to %d are missing: %s.", c.From, c.To-1, where)
	}
	return fmt.Sprintf("Changed within bytes %d to %d: %s.", c.From, c.To-1, where)
}
