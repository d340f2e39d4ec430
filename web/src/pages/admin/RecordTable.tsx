/** The tables of the admin pages: one record a row, wider than a narrow window, where they scroll by themselves. */
import type { ReactNode } from 'react'

import table from '../../ui/table.module.css'
import css from './Admin.module.css'

export interface RecordTableProps {
  label: string
  columns: Record<string, string>
  /** The rows. */
  children: ReactNode
}

export function RecordTable({ label, columns, children }: RecordTableProps) {
  return (
    <div className={`${table.scroller} ${css.scroller}`}>
      <table className={`${table.table} ${table.records} ${css.table}`} aria-label={label}>
        <thead>
          <tr>
            {Object.values(columns).map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}
