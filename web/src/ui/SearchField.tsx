/** The field of a page's own search; `/` goes to it. Its words stand in it, and are said to those who do not see it. */
import { SearchIcon } from '@primer/octicons-react'
import { FormControl, TextInput } from '@primer/react'

export interface SearchFieldProps {
  label: string
  value: string
  onChange: (value: string) => void
  charsMax?: number
}

export function SearchField({ label, value, onChange, charsMax }: SearchFieldProps) {
  return (
    <FormControl>
      <FormControl.Label visuallyHidden>{label}</FormControl.Label>
      <TextInput
        block
        type="search"
        leadingVisual={SearchIcon}
        placeholder={label}
        maxLength={charsMax}
        value={value}
        data-search=""
        onChange={(event) => onChange(event.target.value)}
      />
    </FormControl>
  )
}
