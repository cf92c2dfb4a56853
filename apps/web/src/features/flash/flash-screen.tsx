'use client'
/** The board: Pis on one side, cards on the other, and what is written to them. */
import type { CardRecordView, CardView, ImageView, StationView } from '@bramble/db/flash'
import {
  DndContext,
  type DragEndEvent,
  DragOverlay,
  MouseSensor,
  pointerWithin,
  TouchSensor,
  useSensor,
  useSensors,
} from '@dnd-kit/core'
import { ListOrdered, Zap } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useEffect, useMemo, useRef, useState, useTransition } from 'react'
import { Alert } from '@/ui/alert.tsx'
import { Button, buttonStyle } from '@/ui/button.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { Empty } from '@/ui/page.tsx'
import { startFlash } from './actions.ts'
import { type Assignment, assign, assignInOrder, keyOf, nodeOf, prune, unassign } from './assignment.ts'
import { CardsOf } from './cards-of.tsx'
import { flash } from './copy.ts'
import { FlashDialog } from './flash-dialog.tsx'
import { useFollowed } from './followed.ts'
import { ImageChoice, sortedImages } from './image-choice.tsx'
import { CardPicture } from './progress/card-picture.tsx'
import { Records } from './progress/records.tsx'
import {
  chosenCards,
  imageSize,
  networkFor,
  plainSettings,
  proposedNetwork,
  requestOf,
  type SettingsDraft,
  settingsProblems,
  wifiOf,
} from './request.ts'
import { SettingsFields } from './settings-fields.tsx'
import { Slots } from './slots.tsx'
import { Stations } from './stations/stations.tsx'
import { type FlashCluster, nodesToFlash } from './view.ts'

interface FlashScreenProps {
  cluster: FlashCluster | null
  stations: StationView[]
  images: ImageView[]
  records: CardRecordView[]
  operator: boolean
  admin: boolean
}

export function FlashScreen({ cluster, operator, admin, records, ...initial }: FlashScreenProps) {
  const router = useRouter()
  const { stations, images, state } = useFollowed(initial)
  const [asked, setStation] = useState<string | null>(null)
  const station = stations.find(({ id }) => id === asked) ?? stations.find(({ online }) => online) ?? stations[0]
  const [picked, setImage] = useState<string | null>(null)
  const image = images.find(({ id }) => id === picked) ?? (station ? firstFit(images, station.id) : undefined)
  const [assignment, setAssignment] = useState<Assignment>({})
  const [fixed, setFixed] = useState(false)
  const [changed, setChanged] = useState<Partial<SettingsDraft>>({})
  const [tried, setTried] = useState(false)
  const [asking, setAsking] = useState(false)
  const [refused, setRefused] = useState<{ message: string; cure: string } | null>(null)
  const [lifted, setLifted] = useState<CardView | null>(null)
  const [lost, setLost] = useState(false)
  const [pending, start] = useTransition()
  const sensors = useSensors(
    useSensor(MouseSensor, { activationConstraint: { distance: 4 } }),
    useSensor(TouchSensor, { activationConstraint: { delay: 180, tolerance: 8 } }),
  )

  const nodes = useMemo(() => cluster?.nodes ?? [], [cluster])
  const names = useMemo(() => nodes.map((node) => node.name), [nodes])
  const need = image ? imageSize(image) : 0
  const usable = useMemo(() => usableCards(station, need, fixed), [station, need, fixed])
  const chosen = chosenCards(names, assignment, usable)

  // A card that went away, or came back as another insertion, is not what was chosen.
  useEffect(() => {
    const left = prune(assignment, names, new Set(usable.map((card) => keyOf(card.identity))))
    if (left === assignment) return
    setAssignment(left)
    setLost(true)
    setAsking(false)
  }, [assignment, names, usable])

  // What the server drew of the Pis and of the records is old as soon as a card gets further.
  const told = stations.flatMap(({ cards }) => cards.map(({ history }) => history && history.id + history.phase)).join()
  const drawn = useRef(told)
  useEffect(() => {
    if (drawn.current === told) return
    drawn.current = told
    router.refresh()
  }, [told, router])

  const addresses = nodes.map((node) => node.address)
  const network = cluster && station ? networkFor(station.networks, [...addresses, cluster.vip]) : undefined
  const settings: SettingsDraft = {
    ...plainSettings,
    ...(cluster?.wifi ? { wifi: 'kept' as const } : {}),
    ...(network ? proposedNetwork(network) : {}),
    ...changed,
  }
  const problems = {
    ...settingsProblems(settings, nodes, cluster?.vip ?? ''),
    ...(image ? {} : { image: flash.problems.image }),
    ...(chosen.length === 0 ? { cards: flash.nothingChosen } : {}),
  }
  const shown: Record<string, string> = tried ? problems : {}

  const choose = (next: (was: Assignment) => Assignment) => {
    setLost(false)
    setRefused(null)
    setAssignment(next)
  }
  const give = (card: CardView, node: string | null) =>
    choose((was) => (node === null ? unassign(was, keyOf(card.identity)) : assign(was, node, keyOf(card.identity))))
  const inOrder = () =>
    choose((was) => {
      const cards = usable.filter(({ offer }) => offer === 'offered')
      return assignInOrder(
        was,
        nodesToFlash(nodes),
        cards.map((card) => keyOf(card.identity)),
      )
    })
  const drop = ({ active, over }: DragEndEvent) => {
    setLifted(null)
    if (over) choose((was) => assign(was, String(over.id), String(active.id)))
  }
  const ask = () => {
    setTried(true)
    setRefused(null)
    if (Object.keys(problems).length === 0) return setAsking(true)
    requestAnimationFrame(() => document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
  }
  const go = (confirmed: Record<string, string>) => {
    if (!cluster || !station || !image) return
    const request = requestOf({ station: station.id, image: image.id, chosen, settings })
    start(async () => {
      const answer = await startFlash({ cluster: cluster.name, flash: request, confirmed, wifi: wifiOf(settings) })
      if (answer.ok) router.push(`/flash/${answer.run}`)
      else setRefused(answer)
    })
  }

  if (!station)
    return (
      <>
        <NoStation />
        <Stations stations={stations} admin={admin} />
      </>
    )
  const guilty = refused ? chosen.find(({ card }) => mentions(refused.message, card.identity.path)) : undefined
  return (
    <DndContext
      id="flash"
      sensors={sensors}
      collisionDetection={pointerWithin}
      onDragStart={({ active }) => setLifted(usable.find((card) => keyOf(card.identity) === active.id) ?? null)}
      onDragEnd={drop}
      onDragCancel={() => setLifted(null)}
    >
      {state === 'lost' && <Alert tone="warn" title={flash.lost} />}
      {station.lacks.length > 0 && <Lacks station={station} />}
      <div className="grid items-start gap-6 xl:grid-cols-[minmax(24rem,2fr)_minmax(0,3fr)]">
        <Card>
          <CardHeader>
            <CardTitle>{flash.pis}</CardTitle>
            <CardDescription>{cluster ? flash.pisText : flash.noClusterText}</CardDescription>
          </CardHeader>
          <CardContent className="grid gap-4">
            {cluster ? (
              <>
                {operator && (
                  <div className="flex flex-wrap gap-2">
                    <Button onClick={inOrder} disabled={usable.length === 0}>
                      <ListOrdered aria-hidden />
                      {flash.inOrder}
                    </Button>
                    <Button variant="ghost" disabled={chosen.length === 0} onClick={() => choose(() => ({}))}>
                      {flash.clear}
                    </Button>
                  </div>
                )}
                <Slots
                  nodes={nodes}
                  cardOf={(node) => chosen.find((entry) => entry.node === node)?.card ?? null}
                  onClear={operator ? (node) => choose(({ [node]: _, ...rest }) => rest) : undefined}
                />
              </>
            ) : (
              <Link href="/clusters/new?with=flash" className={buttonStyle({ variant: 'primary', className: 'w-fit' })}>
                {flash.newCluster}
              </Link>
            )}
          </CardContent>
        </Card>
        <CardsOf
          stations={stations}
          station={station}
          onStation={(id) => {
            setStation(id)
            choose(() => ({}))
          }}
          nodes={names}
          need={need}
          fixed={fixed}
          onFixed={operator ? setFixed : undefined}
          nodeOf={(card) => nodeOf(assignment, keyOf(card.identity))}
          onAssign={operator && cluster ? give : undefined}
          refused={guilty && refused ? { path: guilty.card.identity.path, ...refused } : null}
          lost={lost}
        />
      </div>
      {operator && cluster && (
        <>
          <div className="grid items-start gap-6 xl:grid-cols-[minmax(24rem,2fr)_minmax(0,3fr)]">
            <Card>
              <CardHeader>
                <CardTitle>{flash.image}</CardTitle>
                <CardDescription>{flash.imageText}</CardDescription>
              </CardHeader>
              <CardContent>
                <ImageChoice
                  images={images}
                  station={station.id}
                  value={image?.id ?? ''}
                  onChange={setImage}
                  error={shown.image}
                />
              </CardContent>
            </Card>
            <Card>
              <CardHeader>
                <CardTitle>{flash.settings}</CardTitle>
                <CardDescription>{flash.settingsText}</CardDescription>
              </CardHeader>
              <CardContent>
                <SettingsFields
                  draft={settings}
                  change={(part) => setChanged((was) => ({ ...was, ...part }))}
                  problems={shown}
                  keptSsid={cluster.wifi?.ssid ?? null}
                  note={
                    network
                      ? {
                          tone: 'muted',
                          words: flash.proposed(`${network.interface} ${network.address}/${network.prefix}`),
                        }
                      : { tone: 'warn', words: flash.foreign }
                  }
                />
              </CardContent>
            </Card>
          </div>
          <section
            aria-label={flash.title}
            className="sticky bottom-4 z-20 flex flex-wrap items-center justify-between gap-3 rounded-lg border border-border bg-raised p-3 pl-5 shadow-float max-lg:bottom-20"
          >
            <p className="text-sm" role="status">
              {shown.cards ? <span className="text-bad">{shown.cards}</span> : flash.chosen(chosen.length)}
              {image && chosen.length > 0 && <span className="text-muted max-sm:hidden"> · {image.name}</span>}
            </p>
            <Button variant="primary" onClick={ask} disabled={!station.online}>
              <Zap aria-hidden />
              {chosen.length > 0 ? flash.go(chosen.length) : flash.goNone}
            </Button>
          </section>
        </>
      )}
      <Stations stations={stations} admin={admin} />
      <Records records={records} />
      {asking && image && chosen.length > 0 && (
        <FlashDialog
          chosen={chosen}
          image={image.name}
          station={station.name}
          pending={pending}
          refused={refused}
          onClose={() => setAsking(false)}
          onGo={go}
        />
      )}
      <DragOverlay dropAnimation={null}>
        {lifted && <CardPicture kind={lifted.contents.kind} className="cursor-grabbing drop-shadow-lg" />}
      </DragOverlay>
    </DndContext>
  )
}

function usableCards(station: StationView | undefined, need: number, fixed: boolean): CardView[] {
  if (!station?.online) return []
  return station.cards.filter(
    ({ offer, busy, identity }) =>
      (offer === 'offered' || (fixed && offer === 'explicit')) && busy === null && identity.size >= need,
  )
}

function firstFit(images: readonly ImageView[], station: string): ImageView | undefined {
  return sortedImages(images, station).find((image) => image.facts?.firstBoot !== 'unknown')
}

/** Not as the beginning of a longer path. */
function mentions(sentence: string, path: string): boolean {
  const at = sentence.indexOf(path)
  return at >= 0 && !/[A-Za-z0-9]/.test(sentence.charAt(at + path.length))
}

function Lacks({ station }: { station: StationView }) {
  return (
    <Alert tone="warn" title={flash.lacks(station.name)}>
      <ul className="grid gap-1">
        {station.lacks.map((lack) => (
          <li key={lack.what}>
            {lack.what} {lack.cure}
          </li>
        ))}
      </ul>
    </Alert>
  )
}

function NoStation() {
  return (
    <Empty title={flash.noStation} art={<CardPicture kind="blank" className="w-14" />}>
      <p>{flash.noStationText}</p>
    </Empty>
  )
}
