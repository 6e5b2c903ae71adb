package seal_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"

	"lares/cameras/media"
	"lares/cameras/seal"
)

// hexBytes are bytes, in hexadecimal in the file.
type hexBytes []byte

func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

func (h *hexBytes) UnmarshalText(b []byte) (err error) {
	*h, err = hex.DecodeString(string(b))
	return err
}

// vectors are testdata/vectors.json: what another implementation must
// reproduce, or open where a random number went in.
type vectors struct {
	Bind struct {
		Label  string     `json:"label"`
		Fields []hexBytes `json:"fields"`
		Bound  hexBytes   `json:"bound"`
	} `json:"bind"`
	Key struct {
		Material hexBytes `json:"material"`
		Seed     hexBytes `json:"seed"`
		Public   hexBytes `json:"public"`
		Camera   hexBytes `json:"camera"`
		KIDLive  hexBytes `json:"kid_live"`
		KIDStore hexBytes `json:"kid_store"`
	} `json:"key"`
	SealedKey struct {
		Info   hexBytes `json:"info"`
		Key    hexBytes `json:"key"`
		Sealed hexBytes `json:"sealed"`
	} `json:"sealed_key"`
	Wrap struct {
		Secret  hexBytes `json:"secret"`
		Salt    hexBytes `json:"salt"`
		Binding hexBytes `json:"binding"`
		Plain   hexBytes `json:"plain"`
		Wrapped hexBytes `json:"wrapped"`
	} `json:"wrap"`
	Text struct {
		Key     hexBytes `json:"key"`
		Binding hexBytes `json:"binding"`
		Plain   hexBytes `json:"plain"`
		Sealed  hexBytes `json:"sealed"`
	} `json:"text"`
	Run struct {
		Hub    hexBytes `json:"hub"`
		Run    hexBytes `json:"run"`
		Key    hexBytes `json:"key"`
		Sealed hexBytes `json:"sealed"`
	} `json:"run"`
	Unit struct {
		Stream uint8    `json:"stream"`
		Type   uint8    `json:"type"`
		Track  uint8    `json:"track"`
		Sync   bool     `json:"sync"`
		Seq    uint64   `json:"seq"`
		PTS    int64    `json:"pts"`
		DTS    int64    `json:"dts"`
		Data   hexBytes `json:"data"`
		Sealed hexBytes `json:"sealed"`
	} `json:"unit"`
	Record struct {
		ClipKey    hexBytes `json:"clip_key"`
		HeaderHash hexBytes `json:"header_hash"`
		Seq        uint32   `json:"seq"`
		Head       hexBytes `json:"head"`
		Plain      hexBytes `json:"plain"`
		Sealed     hexBytes `json:"sealed"`
	} `json:"record"`
	Signature struct {
		Seed      hexBytes `json:"seed"`
		Context   string   `json:"context"`
		Message   hexBytes `json:"message"`
		Signature hexBytes `json:"signature"`
	} `json:"signature"`
}

const vectorFile = "testdata/vectors.json"

func fill(n int, from byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = from + byte(i)
	}
	return b
}

// make builds the vectors with the package; what is random is drawn.
func makeVectors(t *testing.T) vectors {
	t.Helper()
	var v vectors
	v.Bind.Label, v.Bind.Fields = "lares test v1", []hexBytes{fill(16, 1), {}, seal.U64(7), seal.U8(9)}
	v.Bind.Bound = seal.Bind(v.Bind.Label, v.Bind.Fields[0], v.Bind.Fields[1], v.Bind.Fields[2], v.Bind.Fields[3])

	camera := media.CameraID(fill(16, 0x20))
	v.Key.Material, v.Key.Camera = fill(32, 0x40), camera[:]
	key, err := seal.DeriveKey(v.Key.Material)
	if err != nil {
		t.Fatal(err)
	}
	if v.Key.Seed, err = key.Bytes(); err != nil {
		t.Fatal(err)
	}
	v.Key.Public = key.Public().Bytes()
	live, store := seal.KID(camera, seal.Live, key.Public()), seal.KID(camera, seal.Store, key.Public())
	v.Key.KIDLive, v.Key.KIDStore = live[:], store[:]

	hub, clip := media.HubID(fill(16, 0x30)), media.ClipID(fill(16, 0x50))
	v.SealedKey.Info, v.SealedKey.Key = seal.ClipBinding(hub, camera, store, clip), fill(32, 0x60)
	if v.SealedKey.Sealed, err = key.Public().SealKey(v.SealedKey.Info, v.SealedKey.Key); err != nil {
		t.Fatal(err)
	}

	v.Wrap.Secret, v.Wrap.Salt, v.Wrap.Binding, v.Wrap.Plain = fill(32, 0x70), fill(16, 0x80), seal.Bind("lares wrap v1", hub[:]), fill(32, 0x90)
	v.Wrap.Wrapped = seal.Wrap(v.Wrap.Secret, v.Wrap.Salt, v.Wrap.Binding, v.Wrap.Plain)
	v.Text.Key, v.Text.Binding, v.Text.Plain = fill(32, 0xa0), seal.Bind("lares event v1", camera[:]), []byte(`{"class":"person"}`)
	v.Text.Sealed = seal.SealText(v.Text.Key, v.Text.Binding, v.Text.Plain)

	run, runKey, err := seal.NewRun(hub, camera, key.Public())
	if err != nil {
		t.Fatal(err)
	}
	raw := runKey.Bytes()
	v.Run.Hub, v.Run.Run, v.Run.Key, v.Run.Sealed = hub[:], run.ID[:], raw[:], run.Sealed
	sealer := runKey.Sealer(media.StreamSub)
	sealer.Seal(nil, media.AccessUnit{Type: media.UnitConfig})
	u, _ := sealer.Seal(nil, media.AccessUnit{Type: media.UnitVideo, Track: 1, Sync: true, PTS: 9000, DTS: 6000, Data: []byte("an access unit")})
	v.Unit.Stream, v.Unit.Type, v.Unit.Track, v.Unit.Sync = uint8(u.Stream), uint8(u.Type), u.Track, u.Sync
	v.Unit.Seq, v.Unit.PTS, v.Unit.DTS, v.Unit.Data, v.Unit.Sealed = u.Seq, u.PTS, u.DTS, []byte("an access unit"), u.Sealed

	v.Record.ClipKey, v.Record.HeaderHash, v.Record.Seq = fill(32, 0x60), fill(32, 0xb0), 3
	v.Record.Head, v.Record.Plain = fill(22, 0xd0), []byte("a fragment")
	v.Record.Sealed = seal.NewRecords([32]byte(v.Record.ClipKey), [32]byte(v.Record.HeaderHash)).Seal(nil, 3, v.Record.Head, v.Record.Plain)

	v.Signature.Seed, v.Signature.Context = fill(32, 0xe0), "lares clip end v1"
	v.Signature.Message = seal.Bind(v.Signature.Context, hub[:])
	v.Signature.Signature = seal.Sign(ed25519.NewKeyFromSeed(v.Signature.Seed), v.Signature.Context, v.Signature.Message)
	return v
}

func loadVectors(t *testing.T) vectors {
	t.Helper()
	if os.Getenv("LARES_WRITE_VECTORS") != "" {
		b, err := json.MarshalIndent(makeVectors(t), "", "\t")
		if err == nil {
			err = os.MkdirAll(filepath.Dir(vectorFile), 0o755)
		}
		if err == nil {
			err = os.WriteFile(vectorFile, append(b, '\n'), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func same(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s\n got %x\nwant %x", what, got, want)
	}
}

// TestVectors holds the package against the published bytes.
func TestVectors(t *testing.T) {
	v := loadVectors(t)
	again := makeVectors(t)
	same(t, "bind", again.Bind.Bound, v.Bind.Bound)
	same(t, "seed", again.Key.Seed, v.Key.Seed)
	same(t, "public key", again.Key.Public, v.Key.Public)
	same(t, "live kid", again.Key.KIDLive, v.Key.KIDLive)
	same(t, "store kid", again.Key.KIDStore, v.Key.KIDStore)
	same(t, "wrap", again.Wrap.Wrapped, v.Wrap.Wrapped)
	same(t, "record", again.Record.Sealed, v.Record.Sealed)
	same(t, "signature", again.Signature.Signature, v.Signature.Signature)
	// what drew a random number must open
	key, err := seal.ParsePrivateKey(v.Key.Seed)
	if err != nil {
		t.Fatal(err)
	}
	clip, err := key.OpenKey(v.SealedKey.Info, v.SealedKey.Sealed)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "sealed key", clip, v.SealedKey.Key)
	plain, err := seal.Unwrap(v.Wrap.Secret, v.Wrap.Salt, v.Wrap.Binding, v.Wrap.Wrapped)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "unwrapped", plain, v.Wrap.Plain)
	text, err := seal.OpenText(v.Text.Key, v.Text.Binding, v.Text.Sealed)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "text", text, v.Text.Plain)
	run := seal.Run{Hub: media.HubID(v.Run.Hub), Camera: media.CameraID(v.Key.Camera), KID: media.KeyID(v.Key.KIDLive), ID: media.RunID(v.Run.Run), Sealed: v.Run.Sealed}
	runKey, err := run.Open(key)
	if err != nil {
		t.Fatal(err)
	}
	raw := runKey.Bytes()
	same(t, "run key", raw[:], v.Run.Key)
	au, _, err := runKey.Opener().Open(nil, v.unit())
	if err != nil || au.PTS != v.Unit.PTS || au.DTS != v.Unit.DTS || !au.Sync {
		t.Fatalf("unit %+v (%v)", au, err)
	}
	same(t, "unit", au.Data, v.Unit.Data)
}

func (v *vectors) unit() media.Unit {
	return media.Unit{
		Camera: media.CameraID(v.Key.Camera), Run: media.RunID(v.Run.Run), Stream: media.StreamID(v.Unit.Stream),
		Type: media.UnitType(v.Unit.Type), Track: v.Unit.Track, Sync: v.Unit.Sync, Seq: v.Unit.Seq, PTS: v.Unit.PTS,
		DTS: v.Unit.DTS, Sealed: v.Unit.Sealed,
	}
}

// bindAgain, hkdfAgain and sealAgain say the paper once more, from primitives.
func bindAgain(label string, fields ...[]byte) []byte {
	b := append([]byte(label), 0)
	for _, f := range fields {
		b = append(b, byte(len(f)>>8), byte(len(f)))
		b = append(b, f...)
	}
	return b
}

// hkdfAgain is RFC 5869 for one block.
func hkdfAgain(secret, salt, info []byte) []byte {
	if salt == nil {
		salt = make([]byte, sha256.Size)
	}
	extract := hmac.New(sha256.New, salt)
	extract.Write(secret)
	expand := hmac.New(sha256.New, extract.Sum(nil))
	expand.Write(info)
	expand.Write([]byte{1})
	return expand.Sum(nil)
}

func sealAgain(t *testing.T, key, nonce, plain, aad []byte) []byte {
	t.Helper()
	a, err := chacha20poly1305.New(key)
	if err != nil {
		t.Fatal(err)
	}
	return a.Seal(nil, nonce, plain, aad)
}

// TestVectorsIndependently computes the published bytes from VAULT alone.
func TestVectorsIndependently(t *testing.T) {
	v := loadVectors(t)
	f := v.Bind.Fields
	same(t, "bind", bindAgain(v.Bind.Label, f[0], f[1], f[2], f[3]), v.Bind.Bound)
	kid := func(part string) []byte {
		sum := sha256.Sum256(bindAgain("lares kid v1", v.Key.Camera, []byte(part), v.Key.Public))
		return sum[:16]
	}
	same(t, "live kid", kid("live"), v.Key.KIDLive)
	same(t, "store kid", kid("store"), v.Key.KIDStore)
	zero := make([]byte, 12)
	same(t, "wrap", sealAgain(t, hkdfAgain(v.Wrap.Secret, v.Wrap.Salt, v.Wrap.Binding), zero, v.Wrap.Plain, v.Wrap.Binding), v.Wrap.Wrapped)

	a, err := chacha20poly1305.NewX(v.Text.Key)
	if err != nil {
		t.Fatal(err)
	}
	nonce := v.Text.Sealed[:24]
	same(t, "text", append(bytes.Clone(nonce), a.Seal(nil, nonce, v.Text.Plain, v.Text.Binding)...), v.Text.Sealed)

	stream := hkdfAgain(v.Run.Key, nil, bindAgain("lares stream v1", v.Run.Run, []byte{v.Unit.Stream}))
	u64 := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
	plain := append([]byte{v.Unit.Track, 1}, u64(uint64(v.Unit.DTS))...)
	plain = append(plain, v.Unit.Data...)
	aad := bindAgain("lares unit v1", v.Run.Hub, v.Key.Camera, v.Run.Run, []byte{v.Unit.Stream}, []byte{v.Unit.Type}, u64(v.Unit.Seq), u64(uint64(v.Unit.PTS)))
	same(t, "unit", sealAgain(t, stream, append(make([]byte, 4), u64(v.Unit.Seq)...), plain, aad), v.Unit.Sealed)

	recordNonce := append(make([]byte, 8), 0, 0, 0, byte(v.Record.Seq))
	aad = append(bytes.Clone(v.Record.HeaderHash), v.Record.Head...)
	same(t, "record", sealAgain(t, v.Record.ClipKey, recordNonce, v.Record.Plain, aad), v.Record.Sealed)
	if err := ed25519.VerifyWithOptions(ed25519.NewKeyFromSeed(v.Signature.Seed).Public().(ed25519.PublicKey), v.Signature.Message, v.Signature.Signature, &ed25519.Options{Context: v.Signature.Context}); err != nil {
		t.Error(err)
	}
}
