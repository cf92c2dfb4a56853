import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { ReadableStream } from 'node:stream/web'
import { Refusal } from '@bramble/db'
import { addImage } from '@bramble/db/flash'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { type KeptUpload, keepUpload, UploadRefused, uploadsFolder } from '@/http/uploads.ts'

const Query = z.object({ name: z.string().trim().min(1).max(200), file: z.string().min(1).max(400) })

/** `?name=…&file=…`, the body is the image: kept on this machine and added as an image. */
export async function POST(request: Request): Promise<Response> {
  const who = await access.require('operator', request)
  if (who instanceof Response) return who
  const asked = Query.safeParse(Object.fromEntries(new URL(request.url).searchParams))
  if (!asked.success || !request.body)
    return refused(400, 'upload-invalid', 'A name and a file are needed.', 'Choose a file and name the image.')
  const folder = uploadsFolder()
  const announced = Number(request.headers.get('content-length') ?? Number.NaN)
  let kept: KeptUpload | null = null
  try {
    kept = await keepUpload({
      body: request.body as ReadableStream<Uint8Array>,
      given: asked.data.file,
      length: Number.isSafeInteger(announced) ? announced : null,
      folder,
    })
    const { id } = await addImage({ name: asked.data.name, source: { kind: 'upload', ...kept }, by: who.by })
    return Response.json({ id }, { status: 201, headers: { 'cache-control': 'no-store' } })
  } catch (error) {
    if (kept) await rm(path.join(folder, kept.file), { force: true })
    if (error instanceof UploadRefused) return refused(413, error.code, error.message, error.cure)
    if (error instanceof Refusal) return refused(409, error.code, error.message, error.cure)
    console.error('An upload ended early:', error)
    return refused(
      500,
      'upload-failed',
      'The file could not be stored.',
      'Send it again; the output of ./bramble up says why.',
    )
  }
}

function refused(status: number, code: string, message: string, cure: string): Response {
  return Response.json({ code, message, cure }, { status, headers: { 'cache-control': 'no-store' } })
}
