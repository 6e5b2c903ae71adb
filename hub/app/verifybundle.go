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
	case errors.As(err, &list):
		return fmt.Errorf("the list of what is in the bundle, or its signature, was changed (bytes %d to %d): nothing can be said of the rest", list.From, list.To-1)
	case errors.Is(err, evidence.ErrNone):
		return errors.New("this is no evidence bundle of a Lares hub, or its end is missing")
	case err != nil:
		return err
	}
	return tellBundle(stdout, report, *key)
}

// tellBundle tells a person what was found; an error if anything is not as it was written.
func tellBundle(out io.Writer, r evidence.Report, key string) error {
	m := r.Manifest
	fmt.Fprintf(out, "Recordings of %s, made %s UTC by %s on hub %s.\n", m.Camera, m.Made.Format(clipTime), m.By, m.Hub)
	for _, o := range r.Originals {
		what := "signed when it was recorded, and whole"
		if !o.Signed {
			what = "NOT as the hub wrote it when it recorded"
		}
		fmt.Fprintf(out, "%s, recorded %s UTC: %s.\n", o.Clip.Original, o.Clip.Start.UTC().Format(clipTime), what)
	}
	for _, c := range r.Changed {
		fmt.Fprintln(out, changedWords(c))
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
	fmt.Fprintf(out, "Every byte is as the hub made it: %d clips, %d files.\n", len(m.Clips), len(m.Files))
	return nil
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
