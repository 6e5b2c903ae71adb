package evidence

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"lares/cameras/media"
	"lares/recorder/sealed"
)

const (
	format = "lares evidence bundle v1"

	manifestName  = "manifest.json"
	signatureName = "manifest.sig"

	maxFiles    = 1000
	maxManifest = 32 << 20 // of the largest bundle it is 6 MiB
	maxBundle   = 1<<32 - 1
)

// ErrTooLarge says that so much does not fit into one bundle.
var ErrTooLarge = errors.New("evidence: too much for one bundle")

// Manifest says what a bundle holds and who made it.
type Manifest struct {
	Format string      `json:"format"`
	Hub    media.HubID `json:"hub"`
	// Key is the public key of the hub's identity, by which the manifest is signed, and the
	// clips that it recorded.
	Key Hex `json:"key"`
	// Former are what the hub was called before it was restored from a backup.
	Former []Former  `json:"former,omitempty"`
	Made   time.Time `json:"made"` // UTC, whole seconds
	By     string    `json:"by"`   // the account that had it made
	Camera string    `json:"camera"`
	Clips  []Clip    `json:"clips"`
	Files  []File    `json:"files"`
}

// Former is an identity that the hub had.
type Former struct {
	Hub media.HubID `json:"hub"`
	Key Hex         `json:"key"`
}

// Clip is one clip of the bundle.
type Clip struct {
	Clip     media.ClipID   `json:"clip"`
	Camera   media.CameraID `json:"camera"`
	Start    time.Time      `json:"start"`
	Millis   int64          `json:"duration_ms"`
	Original string         `json:"original"` // the name of the sealed file
	Video    string         `json:"video"`    // the name of what was in it
}

// File is one file of the bundle. Its sums are filled in while it is written.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	CRC    Hex    `json:"crc32"`
	Sum    Hex    `json:"sha256"`
	Blocks []byte `json:"blocks"` // the SHA-256 of each block, one after the other
}

// Hex is bytes that are text in JSON.
type Hex []byte

// MarshalText is lower-case hexadecimal.
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// UnmarshalText reads hexadecimal.
func (h *Hex) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

// Pairs is how people compare a key: as the hub's page shows it.
func (h Hex) Pairs() string {
	pairs := make([]string, len(h))
	for i, b := range h {
		pairs[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(pairs, ":")
}

// blank gives each file sums of the length that they will have.
func (m Manifest) blank() Manifest {
	files := make([]File, len(m.Files))
	for i, f := range m.Files {
		files[i] = File{Name: f.Name, Size: f.Size, CRC: make(Hex, 4), Sum: make(Hex, sha256.Size), Blocks: make([]byte, sha256.Size*blocksOf(f.Size))}
	}
	m.Files, m.Format = files, format
	m.Made = m.Made.UTC().Truncate(time.Second)
	return m
}

// encode is the manifest as it lies in the bundle.
func (m Manifest) encode() ([]byte, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("evidence: encoding the manifest: %w", err)
	}
	return append(b, '\n'), nil
}

var validName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*(/[a-z0-9][a-z0-9.-]*)*$`)

// validate reports what no bundle has.
func (m Manifest) validate() error {
	if m.Format != format {
		return fmt.Errorf("evidence: a manifest of the format %q, not %q", bounded(m.Format), format)
	}
	if len(m.Key) != ed25519.PublicKeySize || len(m.Files) > maxFiles || len(m.Clips) > maxFiles {
		return errors.New("evidence: a manifest that no hub makes")
	}
	seen := map[string]bool{manifestName: true, signatureName: true}
	total := int64(0)
	for _, f := range m.Files {
		if !validName.MatchString(f.Name) || len(f.Name) > 200 || seen[f.Name] || strings.Contains(f.Name, "..") {
			return fmt.Errorf("evidence: a file cannot be called %q", bounded(f.Name))
		}
		seen[f.Name] = true
		if f.Size < 0 || f.Size > maxBundle || len(f.CRC) != 4 || len(f.Sum) != sha256.Size || int64(len(f.Blocks)) != sha256.Size*blocksOf(f.Size) {
			return fmt.Errorf("evidence: the sums of %q are none", f.Name)
		}
		if total += f.Size; total > maxBundle {
			return ErrTooLarge
		}
	}
	for _, c := range m.Clips {
		if !seen[c.Original] || !seen[c.Video] {
			return fmt.Errorf("evidence: clip %v without its files", c.Clip)
		}
	}
	return nil
}

// signers are the hubs whose signature a clip of the bundle may have.
func (m Manifest) signers() sealed.Signers {
	s := sealed.Signers{{Hub: m.Hub, Key: ed25519.PublicKey(m.Key)}}
	for _, f := range m.Former {
		if len(f.Key) == ed25519.PublicKeySize {
			s = append(s, sealed.Signer{Hub: f.Hub, Key: ed25519.PublicKey(f.Key)})
		}
	}
	return s
}

func bounded(s string) string {
	const most = 60
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
