/** Why something is done to a Run, for the audit trail and for whoever reads the Run. */
import { FormControl, Textarea } from '@primer/react'

import { REASON_CHARS_MAX } from '#contracts/api.ts'

export interface ReasonFieldProps {
  label: string
  value: string
  onChange: (value: string) => void
  required?: boolean
  /** Said under the field; null where all is well. */
  problem?: string | null
}

export function ReasonField({ label, value, onChange, required = false, problem = null }: ReasonFieldProps) {
  return (
    <FormControl required={required}>
      <FormControl.Label>{label}</FormControl.Label>
      <Textarea
        block
        rows={2}
        resize="vertical"
        maxLength={REASON_CHARS_MAX}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      {problem && <FormControl.Validation variant="error">{problem}</FormControl.Validation>}
    </FormControl>
  )
}
