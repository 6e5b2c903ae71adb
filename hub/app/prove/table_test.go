package prove

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// print writes the table of phases, and below it what each verb gave.
func (r *rig) print(w io.Writer) {
	var all counts
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "phase\ttook\tanswers\town\tpictures\tbytes\tforeign\tnames\taccounts\tscopes\tlegal\twrong\tunavailable\tbarred\tpassed\tcache hits")
	for _, l := range r.rows {
		if l.rules&isMutant == 0 {
			l.line(tab)
			all.add(&l.counts)
		}
	}
	s := all.total()
	fmt.Fprintf(tab, "all\t\t%d\t%d\t%d\t%d\tforeign %d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n",
		s.answers, s.own, s.follow, s.bytes, s.foreign, s.apart, s.accounts, s.scopes, s.legal, s.wrong, s.unavailable, s.barred, s.passed)
	tab.Flush()
	fmt.Fprintln(w)
	tab = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(tab, "own-mark answers by")
	rows := slices.DeleteFunc(slices.Clone(r.rows), func(l row) bool { return l.rules&isMutant != 0 })
	for _, l := range rows {
		fmt.Fprintf(tab, "\t%s", l.name)
	}
	fmt.Fprintln(tab, "\tall\tshare\tbytes")
	for v := range verbs {
		fmt.Fprint(tab, verbNames[v])
		for _, l := range rows {
			fmt.Fprintf(tab, "\t%d", l.counts[v].own)
		}
		fmt.Fprintf(tab, "\t%d\t%s\t%d\n", all[v].own, share(all[v].own, s.own), all[v].bytes)
	}
	tab.Flush()
	if r.sites != nil {
		fmt.Fprintln(w)
		tab = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tab, "site\tswapped\trefused and counted")
		for _, s := range slices.Sorted(maps.Keys(r.sites)) {
			fmt.Fprintf(tab, "%s\t%d\t%d\n", s, r.sites[s].injected, r.sites[s].refused)
		}
		tab.Flush()
	}
	fmt.Fprintln(w)
	tab = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "build\texpected\tforeign\tnames\tanswers\town\tfound by, or why nothing crosses")
	for _, l := range r.rows {
		if l.rules&isMutant == 0 {
			continue
		}
		s, expected := l.counts.total(), "foreign 0"
		found := l.counts.where()
		switch {
		case l.rules&mustFail != 0:
			expected = "the proof fails"
		case l.rules&mustFind != 0:
			expected = "is found"
		}
		if l.why != "" {
			found = l.why
		}
		fmt.Fprintf(tab, "%s\t%s\tforeign %d\t%d\t%d\t%d\t%s\n", l.name, expected, s.foreign, s.apart, s.answers, s.own, found)
	}
	tab.Flush()
	fmt.Fprintln(w)
	for _, l := range r.rows {
		if l.note != "" {
			fmt.Fprintf(w, "%s: %s\n", l.name, l.note)
		}
		for _, f := range l.findings {
			fmt.Fprintf(w, "%s: found: %s\n", l.name, f)
		}
	}
	for _, s := range r.shorts {
		fmt.Fprintf(w, "short, and not judged in this form: %s\n", s)
	}
	// Last, where whoever only sees the end of it sees them.
	for _, l := range r.rows {
		for _, b := range l.breaches {
			fmt.Fprintf(w, "%s: BREACH: %s\n", l.name, b)
		}
	}
	for _, b := range r.breaches {
		fmt.Fprintf(w, "all: BREACH: %s\n", b)
	}
}

// line writes what one phase came to.
func (l *row) line(w io.Writer) {
	s := l.counts.total()
	fmt.Fprintf(w, "%s\t%.0f s\t%d\t%d\t%d\t%d\tforeign %d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n",
		l.name, l.took.Seconds(), s.answers, s.own, s.follow, s.bytes, s.foreign, s.apart, s.accounts, s.scopes, s.legal, s.wrong, s.unavailable, s.barred, s.passed, share(s.hits, s.asked))
}

func share(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole))
}
