package wire

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// A bundle carries a catalogue on a USB stick: a tar, plain or in zstd, of
// the members below, each at most once, in this order; blobs and private
// parts in the order of their names.
const (
	BundleManifest = "manifest.json" // the bytes of GET /manifest
	BundleInfoFile = "bundle.json"   // BundleInfo
	BundleSnapshot = "snapshot.zst"  // the bytes of GET /snapshots/{sha256}; or else
	BundleChanges  = "changes.jsonl" // lines of the feed after BundleInfo.Since up to the manifest's cursor
	BundleBlobs    = "blobs/"        // + SHA-256
	BundlePrivate  = "private/"      // + device + ".age"
	bundleSealed   = ".age"
	bundleEnd      = "end" // empty: the bundle was written whole
)

// Bounds of a bundle's members, in bytes. Nothing of a bundle is trusted
// before the manifest's signature was checked.
const (
	maxBundleHead    = 1 << 20
	maxBundleFile    = 2 << 30
	maxBundleBlob    = 50 << 20
	maxBundlePrivate = 512 << 20
	maxBundleMembers = 200_000
	maxBundleWindow  = 64 << 20
)

// ErrBundle means that a file is no bundle, or not one that was written
// whole.
var ErrBundle = errors.New("not a bundle")

// BundleInfo says what a bundle holds beside the manifest.
type BundleInfo struct {
	Type  string `json:"type"` // TypeBundle
	Since string `json:"since,omitempty"`
}

// TypeBundle is the type of BundleInfo.
const TypeBundle = "bundle"

// PrivatePart is what a bundle brings to one workstation: the private way
// down from its beginning, and its receipts. In the file it is a Signed of
// the manifest's online key, in an age file for the device's SealKey.
type PrivatePart struct {
	Type           string    `json:"type"` // TypePrivatePart
	Device         string    `json:"device"`
	Epoch          string    `json:"epoch"`
	IssuedAt       time.Time `json:"issued_at"`
	Receipts       Receipts  `json:"receipts"`
	PrivateChanges Changes   `json:"private_changes"`
}

// TypePrivatePart is the type of PrivatePart.
const TypePrivatePart = "private_part"

// BundleMember is one member. Kind is one of the names above (for blobs and
// private parts the folder), ID the SHA-256 of a blob or the device of a
// private part.
type BundleMember struct {
	Kind, ID string
	Size     int64
}

// Name returns the member's name in the archive.
func (m BundleMember) Name() string {
	switch m.Kind {
	case BundleBlobs:
		return m.Kind + m.ID
	case BundlePrivate:
		return m.Kind + m.ID + bundleSealed
	}
	return m.Kind
}

// parseMember reads a name and checks it against the few that there are, so
// that no name ever reaches a file system as it came.
func parseMember(name string, size int64) (BundleMember, error) {
	m := BundleMember{Kind: name, Size: size}
	switch {
	case strings.HasPrefix(name, BundleBlobs):
		m.Kind, m.ID = BundleBlobs, strings.TrimPrefix(name, BundleBlobs)
		if len(m.ID) != sha256.Size*2 || strings.Trim(m.ID, "0123456789abcdef") != "" {
			return m, fmt.Errorf("%w: blob %q", ErrBundle, clip(m.ID))
		}
	case strings.HasPrefix(name, BundlePrivate):
		m.Kind, m.ID = BundlePrivate, strings.TrimSuffix(strings.TrimPrefix(name, BundlePrivate), bundleSealed)
		if len(m.ID) != 36 || strings.Trim(m.ID, "0123456789abcdef-") != "" || m.Name() != name {
			return m, fmt.Errorf("%w: private part %q", ErrBundle, clip(m.ID))
		}
	}
	if m.rank() == 0 {
		return m, fmt.Errorf("%w: member %q", ErrBundle, clip(name))
	}
	if size < 0 || size > m.limit() {
		return m, fmt.Errorf("%w: %s has %d bytes, more than %d", ErrBundle, m.Kind, size, m.limit())
	}
	return m, nil
}

// rank is the member's place; a snapshot and changes share one, because there
// is either.
func (m BundleMember) rank() int {
	switch m.Kind {
	case BundleManifest:
		return 1
	case BundleInfoFile:
		return 2
	case BundleSnapshot, BundleChanges:
		return 3
	case BundleBlobs:
		return 4
	case BundlePrivate:
		return 5
	case bundleEnd:
		return 6
	}
	return 0
}

func (m BundleMember) limit() int64 {
	switch m.Kind {
	case BundleManifest, BundleInfoFile:
		return maxBundleHead
	case BundleBlobs:
		return maxBundleBlob
	case BundlePrivate:
		return maxBundlePrivate
	case bundleEnd:
		return 0
	}
	return maxBundleFile
}

// order keeps members in their order, so that equal contents are equal files
// and a reader knows the manifest first.
type order struct {
	last BundleMember
	n    int
}

func (o *order) next(m BundleMember) error {
	o.n++
	switch {
	case o.n > maxBundleMembers:
		return fmt.Errorf("%w: too many members", ErrBundle)
	case o.n == 1 && m.Kind != BundleManifest:
		return fmt.Errorf("%w: it does not begin with %s", ErrBundle, BundleManifest)
	case m.rank() < o.last.rank(), m.rank() == o.last.rank() && (m.ID == "" || m.ID <= o.last.ID):
		return fmt.Errorf("%w: %s is not in its place", ErrBundle, m.Name())
	}
	o.last = m
	return nil
}

// BundleWriter writes a bundle member by member.
type BundleWriter struct {
	tar   *tar.Writer
	pack  *zstd.Encoder // nil when plain
	order order
}

// NewBundleWriter begins a bundle; compressed packs it with zstd.
func NewBundleWriter(w io.Writer, compressed bool) (*BundleWriter, error) {
	if !compressed {
		return &BundleWriter{tar: tar.NewWriter(w)}, nil
	}
	pack, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(8<<20))
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	return &BundleWriter{tar: tar.NewWriter(pack), pack: pack}, nil
}

// Add writes a member of exactly m.Size bytes.
func (b *BundleWriter) Add(m BundleMember, content io.Reader) error {
	if _, err := parseMember(m.Name(), m.Size); err != nil {
		return err
	}
	if err := b.order.next(m); err != nil {
		return err
	}
	// No moment of writing, no owner: equal contents are equal files.
	if err := b.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: m.Name(), Size: m.Size, Mode: 0o600, Format: tar.FormatUSTAR}); err != nil {
		return fmt.Errorf("bundle: %s: %w", m.Name(), err)
	}
	n, err := io.Copy(b.tar, io.LimitReader(content, m.Size))
	if err == nil && n != m.Size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("bundle: %s: %w", m.Name(), err)
	}
	return nil
}

// AddBytes writes a member that is in memory.
func (b *BundleWriter) AddBytes(kind, id string, content []byte) error {
	return b.Add(BundleMember{Kind: kind, ID: id, Size: int64(len(content))}, bytes.NewReader(content))
}

// Close ends the bundle; without it the file is not one.
func (b *BundleWriter) Close() error {
	err := errors.Join(b.AddBytes(bundleEnd, "", nil), b.tar.Close())
	if b.pack != nil {
		err = errors.Join(err, b.pack.Close())
	}
	return err
}

// BundleReader reads a bundle member by member. Errors that are the file's
// fault are ErrBundle.
type BundleReader struct {
	tar   *tar.Reader
	pack  *zstd.Decoder
	order order
}

// NewBundleReader recognises a plain or compressed bundle by its first bytes.
func NewBundleReader(r io.Reader) (*BundleReader, error) {
	br := bufio.NewReaderSize(r, 64<<10)
	magic, err := br.Peek(4)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrBundle, err)
	}
	if !bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}) {
		return &BundleReader{tar: tar.NewReader(br)}, nil
	}
	pack, err := zstd.NewReader(br, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxBundleWindow))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	return &BundleReader{tar: tar.NewReader(pack), pack: pack}, nil
}

// Next goes to the next member; Read reads its content. io.EOF is the end of
// a whole bundle.
func (b *BundleReader) Next() (BundleMember, error) {
	h, err := b.tar.Next()
	if err != nil { // an end without its mark is one of them
		return BundleMember{}, fmt.Errorf("%w: %v", ErrBundle, err)
	}
	if h.Typeflag != tar.TypeReg {
		return BundleMember{}, fmt.Errorf("%w: %q is no file", ErrBundle, clip(h.Name))
	}
	m, err := parseMember(h.Name, h.Size)
	if err == nil {
		err = b.order.next(m)
	}
	if err == nil && m.Kind == bundleEnd {
		return BundleMember{}, io.EOF
	}
	return m, err
}

// Read reads the present member.
func (b *BundleReader) Read(p []byte) (int, error) {
	n, err := b.tar.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %v", ErrBundle, err)
	}
	return n, err
}

// Bytes reads the whole present member.
func (b *BundleReader) Bytes(m BundleMember) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(b, m.Size+1))
	if err == nil && int64(len(content)) != m.Size {
		err = fmt.Errorf("%w: %s is cut off", ErrBundle, m.Name())
	}
	return content, err
}

// Close frees what reading took.
func (b *BundleReader) Close() {
	if b.pack != nil {
		b.pack.Close()
	}
}

// Uploads travel to the hub on a USB stick as an age file for the hub's
// upload key. It holds JSON Lines: an UploadFile, then UploadFileBatch lines.

// TypeUploadFile is the type of UploadFile.
const TypeUploadFile = "upload_file"

// UploadFileMedia is the media type that the signature of an upload file
// names.
const UploadFileMedia = "application/x-ndjson"

// MaxUploadFile is the largest upload file, in bytes.
const MaxUploadFile = 256 << 20

// UploadFile is the first line. Signature is a JWT of the device's key as in
// SignatureHeader, with the digest of all bytes after this line's newline and
// UploadFileMedia as content type; its time is not judged, because a stick
// may travel for weeks and a repeated upload does no harm.
type UploadFile struct {
	Type      string    `json:"type"`
	ID        string    `json:"id"`
	Device    string    `json:"device"`
	MadeAt    time.Time `json:"made_at"`
	Signature string    `json:"signature"`
}

// UploadFileBatch is one batch as PUT /upload-batches/{id} would take it.
type UploadFileBatch struct {
	ID string `json:"id"`
	UploadBatch
}

// EncodeUploadFile returns the lines of an upload file, ready to be sealed.
// sign makes the JWT over the digest (as DigestOf writes it).
func EncodeUploadFile(head UploadFile, batches []UploadFileBatch, sign func(digest string) (string, error)) ([]byte, error) {
	var rest bytes.Buffer
	for _, b := range batches {
		line, err := Marshal(b)
		if err != nil {
			return nil, err
		}
		rest.Write(append(line, '\n'))
	}
	var err error
	head.Type = TypeUploadFile
	if head.Signature, err = sign(DigestOf(rest.Bytes())); err != nil {
		return nil, fmt.Errorf("sign upload file: %w", err)
	}
	line, err := Marshal(head)
	if err != nil {
		return nil, err
	}
	return append(append(line, '\n'), rest.Bytes()...), nil
}

// DecodeUploadFile takes the lines apart. digest is that of the signed rest;
// the signature is left to the caller.
func DecodeUploadFile(plain []byte) (head UploadFile, batches []UploadFileBatch, digest string, err error) {
	first, rest, found := bytes.Cut(plain, []byte("\n"))
	if err := json.Unmarshal(first, &head); err != nil || !found || head.Type != TypeUploadFile {
		return head, nil, "", errors.New("not an upload file")
	}
	err = Lines(bytes.NewReader(rest), func(n int, line []byte) error {
		var b UploadFileBatch
		if err := json.Unmarshal(line, &b); err != nil {
			return fmt.Errorf("upload file, line %d: %w", n+1, err)
		}
		batches = append(batches, b)
		return nil
	})
	return head, batches, DigestOf(rest), err
}

// DigestOf returns the value of DigestHeader for a body.
func DigestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return "SHA-256=" + base64.StdEncoding.EncodeToString(sum[:])
}
