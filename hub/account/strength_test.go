package account

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestPasswords(t *testing.T) {
	long := strings.Repeat("ab", 511) + "cd"
	for password, ok := range map[string]bool{
		"correct horse": true, "zwölf Äpfel": true, long: true, "a password of mine": true,
		"Password1!": false, "admin12345": false, "P@ssw0rd!!": false, "lares12345": false, "2024 Summer!": false, "123123123123": false,
		"abcabcabcabc": false, "31.12.1984": false, "+49 170 1234567": false,
		"": false, "ninechars": false, "1234567890": false, "Password123": false, "qwertyuiop": false, "aaaaaaaaaaaa": false,
		"Ann Elizabeth": false, long + "e": false, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff": false, "changethis\nsurvivor123": true,
		// Runs, rows and repeats, of any length.
		"1234567890123456": false, "12345678901234567890": false, "0123456789876543": false, "9876543210987654": false, strings.Repeat("1", 16): false, strings.Repeat("1", 200): false,
		strings.Repeat("1234567890", 20): false, "112233445566778899": false, "1111222233334444": false, "1234123412341234": false, "147258369147258369": false, "789456123789456123": false,
		"abcabcabc1": false, "abcabcabca": false, "abcdefghijklmnop": false, "zyxwvutsrqponm": false, "qwertyuiopasdfghjkl": false, "QWERTYUIOP123": false, "qwertzuiop": false, "azertyuiop": false,
		"1qaz2wsx3edc4rfv": false, "1q2w3e4r5t6y7u": false, "asdfghjkl;'": false, "!@#$%^&*()_+": false, "!@#$%^&*()!@#$%^": false, "qwerty-asdfgh-zxcvbn": false, "poiuytrewq": false, "x7x7x7x7x7x7": false, "19841231-19841231": false, "1qaz@WSX3edc": false,
		// Common words, joined with themselves or one more, and the hub's and the account's name.
		"lares-lares": false, "LaresLares": false, "letmein-please": false, "lares_hub_2026": false, "summer2024winter": false, "dragon.monkey": false, "iloveyou-iloveyou": false, "iloveyou-iloveyou-iloveyou!": false,
		"M0nk3y_Dr4g0n": false, "Ann-ann-ann-1": false, "elizabeth-ann": false, "AnnElizabeth!": false, "ann elizabeth lares": false, "ann-lares-summer": true, "3l1z4b3th!!": false, "raspberry-pi-": true, "homehomehome": false, "camera-garage": false,
		"passwordpassword1": false, "password827364519": false, "motdepasse123": false, "drowssap12345": false, "Christopher": false, "SkywalkerLuke": false, "Bayern-München": false, "123qweasdzxc": false, "ilovejesus": false, "a1234567890": false,
		// What nobody guesses.
		"letmein-please-horse": true, "lares guards the ford": true, "7391850264719385": true, "8305 1927 4406 7713": true, "password 7391 8502 6471": true, "kx8q-77fd-mmz2": true, "Tr0ub4dor&3": true,
		"monkey dragon banana": true, "kx8#mQ2!vv kx8#mQ2!vv": true, "correcthorsebatterystaple": false,
	} {
		if err := checkPassword("Ann Elizabeth", password); (err == nil) != ok {
			t.Errorf("password %q: %v", password, err)
		}
	}
	for _, name := range []string{"Jo", "J", "Zoë Žižek", "山田 太郎"} {
		key := strings.Repeat(name+"-", 12)
		if err := checkPassword(name, key); err == nil {
			t.Errorf("%q as the password of %q", key, name)
		}
	}
}

// TestPassphrases: four words drawn by lot are good, also common ones, however they
// are joined.
func TestPassphrases(t *testing.T) {
	words := strings.Fields(`abacus acorn anchor apple april autumn bacon badge bamboo banana basket battery beach bishop black blanket bottle brick bronze butter camera candle canyon carbon castle cedar cherry
chimney circus clover cobalt coffee copper coral cotton cowboy cradle dagger daisy dancer diamond dolphin dragon eagle easel ember engine falcon feather fender ferry fiddle flower forest freedom garden garlic ginger
glacier guitar hammer harbor hazel helmet horse house island ivory jacket jelly jungle kettle kitten ladder lantern lares lemon letter lion magic maple marble meadow mirror monkey mother needle nickel ocean olive
orange orchid otter oxygen paddle panda paper parrot pebble pencil pepper piano pillow pirate planet pocket prince puzzle quarry queen quiver rabbit radio ribbon river robot rocket saddle sailor salmon shadow silver
snow spider spring staple star stone summer sunset table tiger timber tomato tractor tulip tunnel turtle vanilla velvet violet walnut water whisper window winter yellow zebra zipper`)
	draw := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var four []string
		for _, i := range draw.Perm(len(words))[:4] {
			four = append(four, words[i])
		}
		password := strings.Join(four, []string{"", " ", "-", ".", "1"}[draw.IntN(5)])
		if err := checkPassword("lares", password); err != nil {
			t.Fatalf("%q is refused", password)
		}
	}
}

// BenchmarkGuessed is what texts cost that can be read in many ways: anybody may send
// one with a recovery code.
func BenchmarkGuessed(b *testing.B) {
	for _, unit := range []string{"abcxyz", "passpassword", "1a2b3c", "annaannemarie", "abc123passqwerty0000loveloveme", "123456789", "sssssssss555"} {
		text := strings.Repeat(unit, maxGuessed)[:maxGuessed-1] + "ß"
		b.Run(unit, func(b *testing.B) {
			for b.Loop() {
				guessed("anna-anne-marie abc pass word", text[:maxGuessed])
			}
		})
	}
}
