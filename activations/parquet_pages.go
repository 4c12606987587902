package activations

import (
	"fmt"
	"slices"
)

// units parts a row group into its pages where an index says which rows they
// begin with; else it is one unit.
func (c *raggedLists) units(group int) (units []raggedUnit, err error) {
	err = c.file.guard(c.part, func() error {
		rows := c.file.r.MetaData().RowGroup(group).NumRows()
		begins, err := c.file.pageRows(group, c.leaf, c.part)
		if err != nil {
			return err
		}
		if len(begins) == 0 {
			begins = []int64{0}
		}
		begins = slices.Compact(begins)
		for i, begin := range begins {
			end := rows
			if i < len(begins)-1 {
				end = begins[i+1]
			}
			if i == 0 && begin != 0 || end <= begin && rows > 0 {
				return c.file.errorf(fmt.Sprintf("%s, page index of row group %d", c.part, group), -1,
					fmt.Sprintf("pages that begin at row %d and row %d", begin, end), "rows that ascend from 0 to %d", rows)
			}
			units = append(units, raggedUnit{group: group, skip: begin, rows: int(end - begin)})
		}
		return nil
	})
	return units, err
}

// pageRows returns the row that every page of a column begins with, or nil
// where the file has no index of them. The index is read by arrow-go, which
// believes lengths, so that they are checked before.
func (p *parquetFile) pageRows(group, leaf int, part string) ([]int64, error) {
	meta := p.r.MetaData().RowGroup(group)
	part = fmt.Sprintf("%s, page index of row group %d", part, group)
	for k := range meta.NumColumns() {
		chunk, err := meta.ColumnChunk(k)
		if err != nil {
			return nil, p.errorf(part, -1, inWords(err), "column %d", k)
		}
		at := chunk.GetOffsetIndexLocation()
		if at == nil {
			if k == leaf {
				return nil, nil
			}
			continue
		}
		if at.Offset < 0 || at.Length <= 0 || at.Offset > p.size-int64(at.Length) || int64(at.Length) > maxMetadata {
			return nil, p.errorf(part, at.Offset, fmt.Sprintf("%d bytes", at.Length), "an index inside the file of %d", p.size)
		}
		if k != leaf {
			continue
		}
		b := make([]byte, at.Length)
		if err := p.readAt(b, at.Offset, part); err != nil {
			return nil, err
		}
		if err := checkThrift(b); err != nil {
			return nil, p.errorf(part, at.Offset, inWords(err), "the places of the pages")
		}
	}
	index, err := p.r.GetPageIndexReader().RowGroup(group)
	if err != nil {
		return nil, p.errorf(part, -1, inWords(err), "the places of the pages")
	}
	if index == nil {
		return nil, nil
	}
	pages, err := index.GetOffsetIndex(leaf)
	if err != nil {
		return nil, p.errorf(part, -1, inWords(err), "the places of the pages")
	}
	var begins []int64
	for _, page := range pages.GetPageLocations() {
		begins = append(begins, page.FirstRowIndex)
	}
	return begins, nil
}
