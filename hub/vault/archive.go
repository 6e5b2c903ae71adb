package vault

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/argon2"

	"lares/cameras/media"
	"lares/cameras/seal"
)

// An archive is a stream sealed in chunks. Header of a backup: magic
// "LARBACK1", salt 16, then memory (KiB), passes and lanes of Argon2id, u32
// each. Of a daily copy of the database: magic "LARCOPY1", hub id 16, salt 16.
//
// Key: HKDF of Argon2id(passphrase, salt), or of the hub's sealing key, bound to
// "lares archive v1" and the whole header. Each chunk: length u32, then
// XChaCha20-Poly1305 of up to a MiB with a nonce of its own, bound to "lares
// archive chunk v1", SHA-256 of the header, its number u64, and u8 1 for the
// last. Nothing follows the last. All integers are big-endian.
const (
	backupMagic = "LARBACK1"
	copyMagic   = "LARCOPY1"
	chunkSize   = 1 << 20
	// A backup is guessed at without the hub, so its passphrase costs more than
	// a sign-in.
	backupMemoryKiB = 64 << 10
	backupPasses    = 4
	backupLanes     = 1
	// MinPassphrase is how many characters a backup's passphrase has at least.
	MinPassphrase = 12
)

var (
	// ErrPassphrase says that an archive does not open: another passphrase or
	// key, or damage in its first part.
	ErrPassphrase = errors.New("vault: it does not open with this passphrase, or is damaged")
	// ErrArchive says that something is no archive, or damaged further in.
	ErrArchive = errors.New("vault: not such an archive, or damaged")
)

// NewBackup seals what is written to it under a passphrase. Close ends the
// archive; it does not close w.
func NewBackup(w io.Writer, passphrase string) (io.WriteCloser, error) {
	header := append([]byte(backupMagic), seal.NewSalt()...)
	for _, n := range []uint32{backupMemoryKiB, backupPasses, backupLanes} {
		header = binary.BigEndian.AppendUint32(header, n)
	}
	key, err := backupKey(header, passphrase)
	if err != nil {
		return nil, err
	}
	return newArchive(w, header, key)
}

// OpenBackup reads what NewBackup sealed. A wrong passphrase is ErrPassphrase,
// at once; nothing is returned that was not authenticated. An archive that ends
// early is ErrArchive at its end.
func OpenBackup(r io.Reader, passphrase string) (io.Reader, error) {
	header := make([]byte, len(backupMagic)+seal.SaltSize+3*4)
	if _, err := io.ReadFull(r, header); err != nil || string(header[:len(backupMagic)]) != backupMagic {
		return nil, ErrArchive
	}
	key, err := backupKey(header, passphrase)
	if err != nil {
		return nil, err
	}
	return openArchive(r, header, key)
}

func backupKey(header []byte, passphrase string) ([]byte, error) {
	salt, costs := header[len(backupMagic):][:seal.SaltSize], header[len(backupMagic)+seal.SaltSize:]
	memory, passes, lanes := binary.BigEndian.Uint32(costs), binary.BigEndian.Uint32(costs[4:]), binary.BigEndian.Uint32(costs[8:])
	if !argonFits(memory, backupMemoryKiB) || !argonFits(passes, backupPasses) || !argonFits(lanes, backupLanes) {
		return nil, ErrArchive
	}
	secret := argon2.IDKey([]byte(passphrase), salt, passes, memory, uint8(lanes), seal.KeySize)
	return seal.Derive(secret, seal.Bind("lares archive v1", header)), nil
}

// SealCopy seals a copy of the database under the hub's sealing key.
func (v *Vault) SealCopy(w io.Writer) (io.WriteCloser, error) {
	header := append([]byte(copyMagic), v.key.hub[:]...)
	header = append(header, seal.NewSalt()...)
	return newArchive(w, header, seal.Derive(v.key.sealing, seal.Bind("lares archive v1", header)))
}

// openCopy reads what SealCopy sealed, on this hub or a former one.
func (k hubKey) openCopy(r io.Reader) (io.Reader, error) {
	header := make([]byte, len(copyMagic)+16+seal.SaltSize)
	if _, err := io.ReadFull(r, header); err != nil || string(header[:len(copyMagic)]) != copyMagic {
		return nil, ErrArchive
	}
	sealing, ok := k.sealingOf(media.HubID(header[len(copyMagic):][:16]))
	if !ok {
		return nil, fmt.Errorf("%w: another hub made it", ErrArchive)
	}
	return openArchive(r, header, seal.Derive(sealing, seal.Bind("lares archive v1", header)))
}

func chunkBinding(sum [32]byte, n uint64, last bool) []byte {
	return seal.Bind("lares archive chunk v1", sum[:], seal.U64(n), boolean(last))
}

type archiveWriter struct {
	w   io.Writer
	key []byte
	sum [32]byte
	n   uint64
	buf []byte
}

func newArchive(w io.Writer, header, key []byte) (*archiveWriter, error) {
	if _, err := w.Write(header); err != nil {
		return nil, fmt.Errorf("vault: writing an archive: %w", err)
	}
	return &archiveWriter{w: w, key: key, sum: sha256.Sum256(header)}, nil
}

// Write seals whole chunks; the last one waits for Close.
func (a *archiveWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if len(a.buf) == chunkSize {
			if err := a.chunk(false); err != nil {
				return len(p) - len(rest), err
			}
		}
		n := min(len(rest), chunkSize-len(a.buf))
		a.buf, rest = append(a.buf, rest[:n]...), rest[n:]
	}
	return len(p), nil
}

// Close writes the last chunk.
func (a *archiveWriter) Close() error { return a.chunk(true) }

func (a *archiveWriter) chunk(last bool) error {
	sealed := seal.SealText(a.key, chunkBinding(a.sum, a.n, last), a.buf)
	a.n, a.buf = a.n+1, a.buf[:0]
	if _, err := a.w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(sealed))), sealed...)); err != nil {
		return fmt.Errorf("vault: writing an archive: %w", err)
	}
	return nil
}

type archiveReader struct {
	r    *bufio.Reader
	key  []byte
	sum  [32]byte
	n    uint64
	last bool
	left []byte
}

func openArchive(r io.Reader, header, key []byte) (*archiveReader, error) {
	a := &archiveReader{r: bufio.NewReader(r), key: key, sum: sha256.Sum256(header)}
	if err := a.chunk(); err != nil {
		return nil, ErrPassphrase
	}
	return a, nil
}

// Read gives what was sealed, chunk by chunk.
func (a *archiveReader) Read(p []byte) (int, error) {
	for len(a.left) == 0 {
		if a.last {
			return 0, io.EOF
		}
		if err := a.chunk(); err != nil {
			return 0, err
		}
	}
	n := copy(p, a.left)
	a.left = a.left[n:]
	return n, nil
}

func (a *archiveReader) chunk() error {
	var head [4]byte
	if _, err := io.ReadFull(a.r, head[:]); err != nil {
		return ErrArchive
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > chunkSize+1024 {
		return ErrArchive
	}
	sealed := make([]byte, n)
	if _, err := io.ReadFull(a.r, sealed); err != nil {
		return ErrArchive
	}
	_, err := a.r.Peek(1)
	a.last = errors.Is(err, io.EOF)
	plain, err := seal.OpenText(a.key, chunkBinding(a.sum, a.n, a.last), sealed)
	if err != nil {
		return ErrArchive
	}
	a.n, a.left = a.n+1, plain
	return nil
}
