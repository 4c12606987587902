package activations

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/parquet/metadata"

	"tell/activations/internal/input"
)

// pageRun is how many times what is decoded again for every unit goes into the
// pages of one: the dictionary, and the page that shows where the last row
// ends.
const pageRun = 4

// units parts a row group into runs of pages where an index says which rows they
// begin with; else it is one unit.
func (c *raggedLists) units(group int) (units []raggedUnit, err error) {
	err = c.file.guard(c.part, func() error {
		meta := c.file.r.MetaData().RowGroup(group)
		pages, err := c.file.pages(group, c.leaf, c.part)
		if err != nil {
			return err
		}
		if len(pages) == 0 {
			pages = []parquetPage{{}}
		}
		pages = slices.CompactFunc(pages, func(a, b parquetPage) bool { return a.row == b.row })
		again := dictionarySize(meta, c.leaf)
		for i, page := range pages {
			end := meta.NumRows()
			if i < len(pages)-1 {
				end = pages[i+1].row
			}
			if i == 0 && page.row != 0 || end <= page.row && meta.NumRows() > 0 {
				return c.file.Errorf(fmt.Sprintf("%s, page index of row group %d", c.part, group), -1,
					fmt.Sprintf("pages that begin at row %d and row %d", page.row, end), "rows that ascend from 0 to %d", meta.NumRows())
			}
			again = max(again, page.size)
		}
		size := int64(0)
		for i, page := range pages {
			if i == 0 || size >= pageRun*again {
				units, size = append(units, raggedUnit{group: group, skip: page.row}), 0
			}
			size += page.size
		}
		end := meta.NumRows()
		for i := range slices.Backward(units) {
			units[i].rows = int(end - units[i].skip)
			end = units[i].skip
		}
		return nil
	})
	return units, err
}

// parquetPage is the row that a page begins with and the bytes that it takes.
type parquetPage struct{ row, size int64 }

// dictionarySize is how many bytes a column's dictionary takes, 0 if it has none.
func dictionarySize(group *metadata.RowGroupMetaData, leaf int) int64 {
	chunk, err := group.ColumnChunk(leaf)
	if err != nil || !chunk.HasDictionaryPage() {
		return 0
	}
	return min(max(chunk.DataPageOffset()-chunk.DictionaryPageOffset(), 0), chunk.TotalCompressedSize())
}

// pages returns the pages of a column, or nil where the file has no index of
// them. The index is read by arrow-go, which believes lengths, so that they are
// checked before.
func (p *parquetFile) pages(group, leaf int, part string) ([]parquetPage, error) {
	meta := p.r.MetaData().RowGroup(group)
	part = fmt.Sprintf("%s, page index of row group %d", part, group)
	for k := range meta.NumColumns() {
		chunk, err := meta.ColumnChunk(k)
		if err != nil {
			return nil, p.Errorf(part, -1, input.InWords(err), "column %d", k)
		}
		at := chunk.GetOffsetIndexLocation()
		if at == nil {
			if k == leaf {
				return nil, nil
			}
			continue
		}
		if at.Offset < 0 || at.Length <= 0 || at.Offset > p.Size-int64(at.Length) || int64(at.Length) > input.MaxMetadata {
			return nil, p.Errorf(part, at.Offset, fmt.Sprintf("%d bytes", at.Length), "an index inside the file of %d", p.Size)
		}
		if k != leaf {
			continue
		}
		b := make([]byte, at.Length)
		if err := p.ReadAt(b, at.Offset, part); err != nil {
			return nil, err
		}
		if err := checkThrift(b); err != nil {
			return nil, p.Errorf(part, at.Offset, input.InWords(err), "the places of the pages")
		}
	}
	index, err := p.r.GetPageIndexReader().RowGroup(group)
	if err != nil {
		return nil, p.Errorf(part, -1, input.InWords(err), "the places of the pages")
	}
	if index == nil {
		return nil, nil
	}
	offsets, err := index.GetOffsetIndex(leaf)
	if err != nil {
		return nil, p.Errorf(part, -1, input.InWords(err), "the places of the pages")
	}
	var pages []parquetPage
	for _, page := range offsets.GetPageLocations() {
		pages = append(pages, parquetPage{page.FirstRowIndex, int64(page.CompressedPageSize)})
	}
	return pages, nil
}
