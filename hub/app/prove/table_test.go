package prove

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// print writes the table of phases, and below it what each verb gave.
func (r *rig) print(w io.Writer) {
	var all counts
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "phase\ttook\tanswers\town\tbytes\tforeign\tnames\taccounts\tscopes\tlegal\twrong\tunavailable\tbarred\tpassed\tcache hits")
	for _, l := range r.rows {
		s := l.counts.total()
		fmt.Fprintf(tab, "%s\t%.0f s\t%d\t%d\t%d\tforeign %d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n",
			l.name, l.took.Seconds(), s.answers, s.own, s.bytes, s.foreign, s.apart, s.accounts, s.scopes, s.legal, s.wrong, s.unavailable, s.barred, s.passed, share(s.hits, s.asked))
		all.add(&l.counts)
	}
	s := all.total()
	fmt.Fprintf(tab, "all\t\t%d\t%d\t%d\tforeign %d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n",
		s.answers, s.own, s.bytes, s.foreign, s.apart, s.accounts, s.scopes, s.legal, s.wrong, s.unavailable, s.barred, s.passed)
	tab.Flush()
	fmt.Fprintln(w)
	tab = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(tab, "own-mark answers by")
	for _, l := range r.rows {
		fmt.Fprintf(tab, "\t%s", l.name)
	}
	fmt.Fprintln(tab, "\tall\tshare\tbytes")
	for v := range verbs {
		fmt.Fprint(tab, verbNames[v])
		for _, l := range r.rows {
			fmt.Fprintf(tab, "\t%d", l.counts[v].own)
		}
		fmt.Fprintf(tab, "\t%d\t%s\t%d\n", all[v].own, share(all[v].own, s.own), all[v].bytes)
	}
	tab.Flush()
	for _, m := range r.missing {
		fmt.Fprintf(w, "this hub has no %s\n", m)
	}
	for _, l := range r.rows {
		if l.note != "" {
			fmt.Fprintf(w, "%s: %s\n", l.name, l.note)
		}
		for _, f := range l.findings {
			fmt.Fprintf(w, "%s: found: %s\n", l.name, f)
		}
		for _, b := range l.breaches {
			fmt.Fprintf(w, "%s: BREACH: %s\n", l.name, b)
		}
	}
}

func share(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole))
}
