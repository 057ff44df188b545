import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A file system of so many megabytes of its own, that can be full. Needs the right to mount (root). */
export class SmallDisk {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async mount(megabytes: number): Promise<SmallDisk> {
    const path = await mkdtemp(join(tmpdir(), 'dolores-disk-'))
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'dolores-test', path])
    } catch (cause) {
      await rm(path, { recursive: true })
      throw new Error('A disk that can be full is a tmpfs of its own: this test must run as root.', { cause })
    }
    await chmod(path, 0o755)
    return new SmallDisk(path)
  }

  /** Takes all the room that is left, but for so many kilobytes. */
  async fill(leaveKb = 0): Promise<void> {
    const { bavail, bsize } = await statfs(this.path)
    const size = Math.max(0, bavail * bsize - leaveKb * 1024)
    await writeFile(this.#ballast, Buffer.alloc(size))
  }

  async free(): Promise<void> {
    await rm(this.#ballast, { force: true })
  }

  async unmount(): Promise<void> {
    await run('umount', [this.path])
    await rm(this.path, { recursive: true })
  }

  get #ballast(): string {
    return join(this.path, 'ballast')
  }
}
