package account

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// fewWords of the list, or of the name, are guessed together, however often each
	// stands there. Three are, at a thousand times the price, nobody's first try.
	fewWords = 2
	// enoughMarks of digits and marks beside them nobody guesses: twelve digits are 40
	// bits. Those of a run count as runPrice.
	enoughMarks = 12
	runPrice    = 2
	minRun      = 3
	// maxGuessed bounds the work: nobody guesses longer ones, but for what repeats.
	maxGuessed = 128
	maxReached = 10_000
)

// wordList are those that people make passwords of: in lower case; # begins a comment.
//
//go:embed words.txt
var wordList string

// wordsBy are they by their first letter.
var wordsBy = readWords(wordList)

func readWords(list string) map[rune][]string {
	m := map[rune][]string{}
	for line := range strings.Lines(list) {
		line, _, _ = strings.Cut(line, "#")
		for _, w := range strings.Fields(line) {
			first, _ := utf8.DecodeRuneInString(w)
			m[first] = append(m[first], w)
		}
	}
	return m
}

// rows are what fingers run along, there and back: the alphabet, digits, rows and
// columns of keyboards, and columns of the number pad.
var rows = readRows(`abcdefghijklmnopqrstuvwxyz 01234567890123456789 00112233445566778899 ` +
	`qwertyuiop[] asdfghjkl;' zxcvbnm,./ qwertzuiopü asdfghjklöä yxcvbnm,.- azertyuiop qsdfghjklm wxcvbn,;:! ` +
	`!@#$%^&*()_+ !"§$%&/()=? 1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p qazwsxedcrfvtgbyhnujmikolp qayxswedcvfrtgbnhzujmkiolp !qaz@wsx#edc$rfv%tgb ` +
	`1q2w3e4r5t6y7u8i9o0p q1w2e3r4t5y6u7i8o9p0 1q2w3e4r5t6z7u8i9o0p a1b2c3d4e5f6g7h8i9j0 1a2b3c4d5e6f7g8h9i0j 147258369 789456123 159357 741852963`)

func readRows(list string) [][]rune {
	var all [][]rune
	for _, f := range strings.Fields(list) {
		there, back := []rune(f), []rune(f)
		for i, r := range there {
			back[len(back)-1-i] = r
		}
		all = append(all, there, back)
	}
	return all
}

// spelled are the letters that a digit or mark stands for.
var spelled = map[rune]string{
	'0': "o", '1': "il", '2': "z", '3': "e", '4': "a", '5': "s", '6': "g", '7': "t", '8': "b", '9': "g", '@': "a", '$': "s", '!': "il", '+': "t", '(': "c", '€': "e",
}

// guessed reports whether a text is nothing but a few words of the list or of the
// account's name, in letters or with digits and marks for them, runs of one row, one
// character again and again, and few digits and marks besides.
func guessed(name, key string) bool {
	text := []rune(key)
	if len(text) > maxGuessed {
		return false
	}
	// What is reached at each place: by which words, and at what least price.
	reached := make([]map[used]int, len(text)+1)
	work, names := 0, nameWords(name)
	reach := func(at int, u used, price int) {
		if reached[at] == nil {
			reached[at] = map[used]int{}
		}
		if before, ok := reached[at][u]; price < enoughMarks && (!ok || price < before) && work < maxReached {
			reached[at][u] = price
			work++
		}
	}
	reach(0, used{}, 0)
	for at := range text {
		if reached[at] == nil {
			continue
		}
		run, words := runAt(text[at:]), wordsAt(text[at:], names)
		for u, price := range reached[at] {
			if !unicode.IsLetter(text[at]) {
				reach(at+1, u, price+1)
			}
			for n := minRun; n <= run; n++ {
				reach(at+n, u, price+runPrice)
			}
			for _, w := range words {
				if with, ok := u.with(w); ok {
					reach(at+utf8.RuneCountInString(w), with, price)
				}
			}
		}
	}
	return len(reached[len(text)]) > 0
}

// used are the words that a text was read by so far.
type used [fewWords]string

// with is used and one more, unless they are too many.
func (u used) with(word string) (used, bool) {
	for i, w := range u {
		if w == word {
			return u, true
		}
		if w == "" {
			u[i] = word
			return u, true
		}
	}
	return u, false
}

// nameWords are what people make of an account's name: all of it, and its parts.
func nameWords(name string) []string {
	key := nameKey(name)
	parts := strings.FieldsFunc(key, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var words []string
	for _, w := range append(parts, key, strings.Join(parts, "")) {
		if utf8.RuneCountInString(w) > 1 {
			words = append(words, w)
		}
	}
	return words
}

// wordsAt are the words that a text begins with.
func wordsAt(text []rune, names []string) (found []string) {
	try := func(words []string) {
		for _, w := range words {
			if begins(text, w) {
				found = append(found, w)
			}
		}
	}
	try(names)
	try(wordsBy[text[0]])
	for _, r := range spelled[text[0]] {
		try(wordsBy[r])
	}
	return found
}

func begins(text []rune, word string) bool {
	i := 0
	for _, r := range word {
		if i == len(text) || text[i] != r && !strings.ContainsRune(spelled[text[i]], r) {
			return false
		}
		i++
	}
	return true
}

// runAt is how many characters a text begins with that are one again and again, or
// follow each other in a row.
func runAt(text []rune) int {
	n := 1
	for n < len(text) && text[n] == text[0] {
		n++
	}
	for _, row := range rows {
		for from := range row {
			same := 0
			for same < len(text) && from+same < len(row) && text[same] == row[from+same] {
				same++
			}
			n = max(n, same)
		}
	}
	return n
}
