"""What customers write about: a bicycle shop, and a café that delivers."""

from __future__ import annotations

FIRST_NAMES = (
    "Aisha", "Anna", "Beatriz", "Björn", "Camille", "Chidi", "Daniel", "Elif", "Emma", "Farid", "Grace",
    "Hanna", "Hiroshi", "Inés", "Ivan", "Jonas", "Kofi", "Lena", "Liam", "Lucía", "Mateo", "Mei", "Nadia",
    "Noah", "Olga", "Omar", "Priya", "Rafael", "Sofia", "Søren", "Tariq", "Yuki", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Almeida", "Bauer", "Becker", "Cohen", "da Silva", "Dubois", "Eriksen", "Fernández", "Fischer", "García",
    "Haddad", "Ivanova", "Jensen", "Kaya", "Khan", "Kowalski", "Lindqvist", "Martin", "Mensah", "Moreau",
    "Müller", "Nakamura", "Novák", "O'Brien", "Okafor", "Patel", "Rossi", "Sato", "Schäfer", "Smith", "Wang",
)  # fmt: skip

CONVERSATIONS: tuple[tuple[str, ...], ...] = (
    (
        "Hi, I'm waiting for order {order}. Can you tell me where it is?",
        "It was supposed to arrive on Tuesday.",
        "Could it be left with my neighbour if I'm not in?",
        "Perfect, thanks a lot 🙏",
    ),
    (
        "Hello! What are your opening hours this weekend?",
        "And is the workshop open on Saturday too?",
        "Great, I'll come by around 11.",
    ),
    (
        "Hi, the brakes on my bike squeal since the last service. Is that normal?",
        "They are hydraulic discs, about a year old.",
        "Can I bring it in tomorrow morning?",
    ),
    (
        "I'd like to return a helmet, order {order}. It's a size too small.",
        "No, it hasn't been worn outside.",
        "How long does the refund usually take?",
    ),
    (
        "Do you have the city bike in green, size M?",
        "What would it cost with a basket and a good lock?",
        "Hmm, that's a bit more than I hoped. Any discount on last year's model?",
        "OK, please put one aside for me 🚲",
    ),
    (
        "Hallo, ist meine Bestellung {order} schon unterwegs?",
        "Können Sie sie an die Packstation schicken lassen?",
        "Super, vielen Dank für die schnelle Hilfe!",
    ),
    (
        "Guten Tag, ich bräuchte einen Termin für eine Inspektion.",
        "Am liebsten Donnerstag oder Freitag, nachmittags.",
        "Größe weiß ich nicht, es ist ein 28er mit Nabenschaltung.",
    ),
    (
        "¡Hola! ¿Hacen envíos a las Islas Canarias?",
        "¿Cuánto tardaría y cuánto cuesta más o menos?",
        "Vale, lo pido hoy. ¡Gracias! 😊",
    ),
    (
        "Bonjour, j'aimerais commander un gâteau pour samedi, pour 12 personnes.",
        "Au chocolat, sans noix s'il vous plaît : une invitée est allergique.",
        "Vous pouvez écrire « Joyeux anniversaire Zoë » dessus ?",
    ),
    (
        "Oi, bom dia! Vocês têm opção vegana no almoço?",
        "E dá para entregar no escritório por volta do meio-dia?",
        "Maravilha, obrigado! 👍",
    ),
    (
        "Good morning, is there a table for four tonight?",
        "Half past seven would be ideal.",
        "One of us uses a wheelchair, is that OK?",
        "Wonderful, see you tonight.",
    ),
    (
        "My last invoice shows 2 coffees too many. Could you check? It's number {order}.",
        "I paid by card, on Monday.",
        "Thanks for sorting it out.",
    ),
    (
        "Merhaba, siparişim {order} ne zaman gelir?",
        "Adresi değiştirebilir miyim?",
        "Teşekkürler!",
    ),
    (
        "こんにちは、注文 {order} の配送状況を教えてください。",
        "受け取りは土曜日でも大丈夫ですか？",
        "ありがとうございます！",
    ),
)
"""Each is one matter, line by line; ``{order}`` stands for a number."""

BURSTS: tuple[tuple[str, ...], ...] = (
    ("hello??", "anyone there", "my order {order} still isn't here"),
    ("hi", "quick question", "do you fix e-bikes", "it's not one of yours", "a friend's"),
    ("where is it", "order {order}", "you said yesterday!!"),
    ("hey 👋", "are you open today"),
    ("sorry me again", "forgot to ask", "is the lock included?", "in the price I mean"),
    ("halloooo", "kann ich noch umbestellen", "geht um {order}"),
)
"""What the impatient write: fragments, one right after the other."""

IMPATIENT_ENDS = ("ok thanks", "finally 😅", "alright", "ok danke")

RETURNS: tuple[tuple[str, str], ...] = (
    ("Hi, how long is the voucher for order {order} valid?", "Hi again, does the voucher still work?"),
    ("Do you have winter tyres in 28 inch?", "Hello, I asked about winter tyres last week. Are they in now?"),
    ("Könnt ihr mir ein Angebot für ein Lastenrad machen?", "Hallo, wie steht es um das Lastenrad?"),
    ("Can I book the back room for a birthday?", "Hi! Did you find out about the back room?"),
)  # fmt: skip
"""A question, and the same person's next one some days later."""

CAPTIONS = ("This is the scratch I mean", "Is this the right spare part?", "Look what arrived 😍", None)
PLACES = (
    (53.5436, 9.9665, "Landungsbrücken"),
    (48.8606, 2.3376, "Musée du Louvre"),
    (41.3809, 2.1228, "Camp Nou"),
    (0.0, 0.0, None),
)
BUTTONS = (("Yes, please", "CONFIRM"), ("Talk to a person", "HUMAN"), ("Track my order", "TRACK_ORDER"))
EMOJI = ("👍", "❤️", "😂", "🙏")
