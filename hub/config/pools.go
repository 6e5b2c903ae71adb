package config

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var poolName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,30}$`)

// pools reads NAME=FOLDER, several separated by commas.
func pools(to *[]Pool, v string) error {
	for one := range strings.SplitSeq(v, ",") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		name, dir, ok := strings.Cut(one, "=")
		if name = strings.TrimSpace(name); !ok || !poolName.MatchString(name) {
			return fmt.Errorf("%q is not a name and a folder such as disk2=/mnt/disk2/lares (names are small letters, digits and dashes)", one)
		}
		if name == FirstPool || slices.ContainsFunc(*to, func(p Pool) bool { return p.Name == name }) {
			return fmt.Errorf("there is a pool %q already; %s is that of --media", name, FirstPool)
		}
		if dir = strings.TrimSpace(dir); !filepath.IsAbs(dir) {
			return fmt.Errorf("the folder of pool %s is not written from / on: %q", name, dir)
		}
		*to = append(*to, Pool{name, filepath.Clean(dir)})
	}
	return nil
}

// apart refuses pools that lie in each other: what is in one would be in both.
func (c Config) apart() error {
	all := append([]Pool{{FirstPool, c.Media}}, c.Pools...)
	for i, a := range all {
		for _, b := range all[i+1:] {
			if inside(a.Dir, b.Dir) || inside(b.Dir, a.Dir) {
				return fmt.Errorf("config: pool: the folders of %s (%s) and %s (%s) lie in each other", a.Name, a.Dir, b.Name, b.Dir)
			}
		}
	}
	return nil
}

func inside(dir, outer string) bool {
	return strings.HasPrefix(dir+string(filepath.Separator), strings.TrimSuffix(outer, string(filepath.Separator))+string(filepath.Separator))
}
