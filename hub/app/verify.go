package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"

	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// verify is `lares verify`: it reads files only, so it works with the hub stopped
// and beside a running one.
func verify(ctx context.Context, args []string, stdout io.Writer) error {
	if len(args) > 0 && args[0] == "clips" {
		return verifyClips(ctx, args[1:], stdout)
	}
	if len(args) > 0 && args[0] == "bundle" {
		return verifyBundle(args[1:], stdout)
	}
	flags := flag.NewFlagSet("lares verify journal", flag.ContinueOnError)
	flags.SetOutput(stdout)
	data := flags.String("data", "", "data folder of the hub (default: as for lares serve)")
	if len(args) == 0 || args[0] != "journal" {
		return errors.New("say what to verify: lares verify journal, lares verify clips, or lares verify bundle FILE.zip")
	}
	head := flags.String("head", "", "a head that was kept elsewhere, such as 1200:9f86d081884c7d65, or one that the API told: say whether the journal still has it")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	kept, err := journal.ParseKept(*head)
	if err != nil {
		return err
	}
	cfg, err := settings(*data)
	if err != nil {
		return err
	}
	chain, err := vault.ReadChain(cfg.Data)
	if err != nil {
		return err
	}
	rows, err := store.OpenRead(ctx, cfg.Database())
	if err != nil {
		return err
	}
	report, err := journal.Verify(ctx, rows, filepath.Join(cfg.Data, journal.FileName), chain)
	if err == nil {
		err = kept.Compare(ctx, rows, &report)
	}
	if err := errors.Join(err, rows.Close()); err != nil {
		return err
	}
	for _, line := range append(report.Lines(), report.Remarks()...) {
		fmt.Fprintln(stdout, line)
	}
	if !report.OK() {
		return errors.New("the journal is not as it was written")
	}
	fmt.Fprintf(stdout, "The journal is as it was written: %d rows, from %d to %d.\n", report.Rows, report.From+1, report.To)
	return nil
}
