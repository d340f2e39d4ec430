/**
 * A program of its own: asks mongodb-memory-server for its download and prints the path. It is apart so that a download
 * that hangs can be ended, which the library does not offer.
 */
import { MongoBinary } from 'mongodb-memory-server'

const downloadDir = process.argv[2]!
process.stdout.write(`\n${JSON.stringify({ path: await MongoBinary.getPath({ downloadDir }) })}\n`)
