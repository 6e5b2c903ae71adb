package account

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"lares/hub/store"
)

const (
	maxName = 64 // characters
	// maxMarks on one letter: more than any language writes (UTS #39 §5.4).
	maxMarks = 4
	// brailleBlank is printed as nothing at all.
	brailleBlank = '\u2800'
)

// normal is a name in the one spelling that is kept of it: composed and without
// variants (Unicode NFKC), no more than single spaces, and nothing that is not seen.
func normal(name string) string {
	seen := strings.Map(func(r rune) rune {
		if unseen(r) {
			return -1
		}
		return r
	}, norm.NFKC.String(name))
	return norm.NFKC.String(strings.Join(strings.Fields(seen), " "))
}

// unseen characters leave a name as it looks: selectors of variants and fillers, which
// Unicode counts as letters and marks.
func unseen(r rune) bool {
	return unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) || r == brailleBlank
}

// nameKey is how a name is looked up: Ann and ann are one person.
func nameKey(name string) string { return normal(strings.ToLower(normal(name))) }

// typedKey is how older hubs kept it: as it was typed.
func typedKey(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// find finds the account of a name as it is kept, or else one whose name reads the
// same: of an account that an older hub made, only the first has to be so. It returns
// store.ErrNoRow.
func (s *Service) find(ctx context.Context, name string) (store.Account, error) {
	a, err := s.cfg.Store.AccountByName(ctx, typedKey(name))
	if !errors.Is(err, store.ErrNoRow) {
		return a, err
	}
	list, err := s.cfg.Store.Accounts(ctx)
	if err != nil {
		return store.Account{}, err
	}
	key := nameKey(name)
	for _, a := range list {
		if nameKey(a.Name) == key {
			return a, nil
		}
	}
	return store.Account{}, store.ErrNoRow
}

// newName is the spelling that is kept of a new account's name; ErrName for one that
// cannot be shown, or could be shown like another.
func newName(name string) (string, error) {
	if !utf8.ValidString(name) || name != strings.TrimSpace(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", ErrName
	}
	name = normal(name)
	n := utf8.RuneCountInString(name)
	if n < 1 || n > maxName || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) || piled(name) || mixed(name) {
		return "", ErrName
	}
	return name, nil
}

// piled reports marks that hide each other: one twice on a letter, too many on one, or
// some on none.
func piled(name string) bool {
	var last rune
	marks := maxMarks // before the first letter there is no place for one
	for _, r := range norm.NFD.String(name) {
		switch {
		case r == ' ':
			marks = maxMarks
		case !unicode.Is(unicode.Mn, r):
			marks = 0
		case marks == maxMarks || r == last:
			return true
		default:
			marks++
		}
		last = r
	}
	return false
}

// free returns ErrNameTaken if a name cannot be told from that of another account.
func free(ctx context.Context, tx *store.Tx, name string) error {
	list, err := tx.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range list {
		if alike(a.Name, name) {
			return ErrNameTaken
		}
	}
	return nil
}
