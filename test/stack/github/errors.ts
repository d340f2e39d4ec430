/** Refusals as GitHub words them: status, `message`, `documentation_url`, and `errors` where it has them. */

export interface FieldError {
  resource?: string
  field?: string
  code: string
  message?: string
  value?: unknown
}

/** Thrown by a handler; the REST pipeline turns it into the answer. */
export class ApiError extends Error {
  readonly status: number
  readonly errors: readonly FieldError[] | readonly string[] | undefined
  readonly headers: Record<string, string>

  constructor(
    status: number,
    message: string,
    errors?: readonly FieldError[] | readonly string[],
    headers: Record<string, string> = {},
  ) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.errors = errors
    this.headers = headers
  }
}

export const notFound = () => new ApiError(404, 'Not Found')
export const badCredentials = () => new ApiError(401, 'Bad credentials')
export const requiresAuthentication = () => new ApiError(401, 'Requires authentication')
export const notByIntegration = () => new ApiError(403, 'Resource not accessible by integration')
export const unprocessable = (message: string) => new ApiError(422, message)
export const validationFailed = (...errors: FieldError[]) => new ApiError(422, 'Validation Failed', errors)

export function errorBody(error: ApiError, documentationUrl: string): Record<string, unknown> {
  return {
    message: error.message,
    ...(error.errors ? { errors: error.errors } : {}),
    documentation_url: documentationUrl,
    status: String(error.status),
  }
}
